/* What a client has done since it was opened. */
import type { CallOptions } from './calls.js';
import type { Metrics } from './generated.js';
import { Namespace } from './namespace.js';

export class MetricsCalls extends Namespace {
    get(options?: CallOptions): Promise<Metrics> {
        return this.call(options, (n, c) => n.callMetricsGet(c));
    }

    /** As text in Prometheus' exposition format; Content-Type: text/plain; version=0.0.4. */
    prometheus(options?: CallOptions): Promise<string> {
        return this.call(options, (n, c) => n.callMetricsPrometheus(c));
    }
}
