"""Ports of servers: a port is theirs while they are stopped, too."""

import socket

from tests.servers.ports import free_ports


def test_no_connection_leaves_from_a_port_that_a_server_was_given() -> None:
    ports = free_ports(3)
    assert len(set(ports)) == 3
    with socket.create_server(("127.0.0.1", 0)) as server:
        leaving = [socket.create_connection(server.getsockname()) for _ in range(50)]
        lowest = min(each.getsockname()[1] for each in leaving)
        for each in leaving:
            each.close()
    assert max(ports) < lowest
