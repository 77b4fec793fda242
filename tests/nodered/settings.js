// Node-RED for a test: on the loopback, a port of the test's, without editor and without telemetry.
module.exports = {
  uiHost: "127.0.0.1",
  uiPort: Number(process.env.EDGEFACE_NODERED_PORT),
  httpAdminRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false } },
  logging: { console: { level: "info", metrics: false, audit: false } },
};
