/* Two files: `first`, which is complete without the other, and `meeting`, fetched meanwhile.
   The door finds their names in the manifest; they are lower case, as its route has it. */
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: "../door/static/web",
    emptyOutDir: true,
    assetsDir: "",
    manifest: "manifest.json",
    license: { fileName: "licenses.md" }, // of the bundled packages, which must travel with them
    modulePreload: false,
    target: "es2022",
    chunkSizeWarningLimit: 1000, // kB before compression: livekit-client alone has 560, React 220
    rollupOptions: {
      input: "src/first.ts",
      output: {
        hashCharacters: "hex",
        entryFileNames: "[name].[hash].js",
        chunkFileNames: "[name].[hash].js",
      },
    },
  },
});
