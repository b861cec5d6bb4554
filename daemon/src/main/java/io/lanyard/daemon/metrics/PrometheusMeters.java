package io.lanyard.daemon.metrics;

import io.lanyard.daemon.watch.Meters;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/** Counts and times in a registry of Prometheus' own library. Thread-safe. */
public final class PrometheusMeters implements Meters {

    private static final double NANOS = 1e9;

    /** From what a memory access takes to what a person gives up on, in seconds. */
    private static final double[] BOUNDS_SECONDS = {
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();

    /** Returns where everything that was named is found. */
    PrometheusRegistry registry() {
        return registry;
    }

    @Override
    public Count count(String name, String help, Label... labels) {
        Counter counter = Counter.builder()
                .name(MetricPage.PREFIX + name)
                .help(help)
                .labelNames(names(labels))
                .withoutExemplars()
                .register(registry);
        if (labels.length == 0) {
            CounterDataPoint only = counter.labelValues();
            return (number, values) -> only.inc(number);
        }
        return (number, values) -> counter.labelValues(known(labels, values)).inc(number);
    }

    @Override
    public Durations durations(String name, String help, Label... labels) {
        Histogram histogram = Histogram.builder()
                .name(MetricPage.PREFIX + name)
                .help(help)
                .labelNames(names(labels))
                .classicOnly()
                .classicUpperBounds(BOUNDS_SECONDS)
                .withoutExemplars()
                .register(registry);
        if (labels.length == 0) {
            DistributionDataPoint only = histogram.labelValues();
            return (nanos, values) -> only.observe(nanos / NANOS);
        }
        return (nanos, values) -> histogram.labelValues(known(labels, values)).observe(nanos / NANOS);
    }

    @Override
    public void gauge(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(MetricPage.PREFIX + name)
                .help(help)
                .callback(callback -> callback.call(value.getAsDouble()))
                .register(registry);
    }

    private static String[] names(Label[] labels) {
        return Stream.of(labels).map(Label::name).toArray(String[]::new);
    }

    private static String[] known(Label[] labels, String[] values) {
        String[] known = values.clone();
        for (int i = 0; i < labels.length; i++) {
            if (!labels[i].values().contains(values[i])) {
                known[i] = OTHER;
            }
        }
        return known;
    }
}
