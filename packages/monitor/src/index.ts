export { defaultConfig, loadConfig, type MonitorConfig, parseConfig } from './config/monitor-config.js';
export { type RunningMonitor, startMonitor } from './monitor.js';
