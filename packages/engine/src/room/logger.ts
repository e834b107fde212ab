/** What the control plane writes its events to; pino's loggers fit. */
export interface Logger {
  info(fields: object, message: string): void;
}
