// Reads calendar files as Thunderbird and Nextcloud do, with ical.js: a JSON list of their texts on
// standard input, a JSON list of what each says on standard output.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const MOST = 60;

function instant(time) {
  return time.toJSDate().toISOString();
}

function parameters(property) {
  return property.jCal[1];
}

function people(component, name) {
  return component.getAllProperties(name).map((one) => ({
    address: one.getFirstValue(), ...parameters(one),
  }));
}

function told(component) {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    sequence: event.sequence,
    summary: event.summary,
    description: event.description,
    location: event.location,
    url: component.getFirstPropertyValue("url"),
    status: component.getFirstPropertyValue("status"),
    start: instant(event.startDate),
    end: instant(event.endDate),
    zone: event.startDate.zone.tzid,
    stamp: instant(component.getFirstPropertyValue("dtstamp")),
    original: event.recurrenceId ? instant(event.recurrenceId) : null,
    organizer: people(component, "organizer"),
    attendees: people(component, "attendee"),
  };
}

function dates(components) {
  const master = components.find((one) => !one.getFirstProperty("recurrence-id"));
  if (!master) return [];
  const exceptions = components.filter((one) => one.getFirstProperty("recurrence-id"));
  const event = new ICAL.Event(master, { exceptions, strictExceptions: false });
  const found = [];
  const walk = event.iterator();
  for (let next = walk.next(); next && found.length < MOST; next = walk.next()) {
    const date = event.getOccurrenceDetails(next);
    found.push([instant(date.startDate), instant(date.endDate)]);
  }
  return found;
}

// Of each UID, the dates that take place: start and end.
function series(components) {
  const found = {};
  for (const one of components) {
    (found[one.getFirstPropertyValue("uid")] ??= []).push(one);
  }
  return Object.fromEntries(Object.entries(found).map(([uid, those]) => [uid, held(those)]));
}

function held(components) {
  const master = components.find((one) => !one.getFirstProperty("recurrence-id"));
  if (!master) return [];
  const exceptions = components.filter((one) => one !== master);
  const event = new ICAL.Event(master, { exceptions, strictExceptions: true });
  const found = [];
  const walk = event.iterator();
  for (let next = walk.next(); next && found.length < 400; next = walk.next()) {
    const date = event.getOccurrenceDetails(next);
    if (date.item.component.getFirstPropertyValue("status") === "CANCELLED") continue;
    found.push([instant(date.startDate), instant(date.endDate)]);
  }
  return found;
}

function read(text) {
  // What this file says of its zones, and nothing that the library may know by itself.
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(text));
  const zones = calendar.getAllSubcomponents("vtimezone");
  for (const zone of zones) ICAL.TimezoneService.register(zone);
  const components = calendar.getAllSubcomponents("vevent");
  return {
    method: calendar.getFirstPropertyValue("method"),
    zones: zones.map((zone) => zone.getFirstPropertyValue("tzid")),
    events: components.map(told),
    dates: dates(components),
    series: series(components),
    name: calendar.getFirstPropertyValue("name"),
    refreshed: calendar.getFirstPropertyValue("refresh-interval")?.toString(),
  };
}

const files = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(files.map(read)));
