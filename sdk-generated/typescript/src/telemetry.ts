/** Where spans and metrics go: OpenTelemetry's TracerProvider and MeterProvider, said without needing their types. */
export interface Telemetry {
  /** The application's own; the global one if absent. */
  readonly tracerProvider?: { getTracer(name: string, version?: string): unknown };
  /** The same, of metrics. */
  readonly meterProvider?: { getMeter(name: string, version?: string): unknown };
}
