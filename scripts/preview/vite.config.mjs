export default { base: "./", esbuild: { jsx: "automatic" }, build: { target: "esnext", chunkSizeWarningLimit: 10_000 } };
