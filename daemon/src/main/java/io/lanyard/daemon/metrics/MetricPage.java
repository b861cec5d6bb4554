package io.lanyard.daemon.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The metrics of one moment. */
final class MetricPage {

    /** What all names begin with. */
    static final String PREFIX = "lanyard_";

    private final List<MetricSnapshot> metrics = new ArrayList<>();

    /** Adds a value that goes up and down. */
    MetricPage gauge(String name, double value, String help) {
        metrics.add(GaugeSnapshot.builder()
                .name(PREFIX + name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
                .build());
        return this;
    }

    /** Adds a value that is 1 or 0. */
    MetricPage gauge(String name, boolean isTrue, String help) {
        return gauge(name, isTrue ? 1 : 0, help);
    }

    /** Adds a value that goes up and down, for each value of a label. */
    MetricPage gauges(String name, String label, Map<String, Double> values, String help) {
        GaugeSnapshot.Builder metric =
                GaugeSnapshot.builder().name(PREFIX + name).help(help);
        values.forEach((key, value) -> metric.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(Labels.of(label, key))
                .value(value)
                .build()));
        metrics.add(metric.build());
        return this;
    }

    /** Adds a count that only goes up; {@code _total} is added to its name. */
    MetricPage counter(String name, double value, String help) {
        metrics.add(CounterSnapshot.builder()
                .name(PREFIX + name)
                .help(help)
                .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
                .build());
        return this;
    }

    /** Adds what a registry holds. */
    MetricPage add(PrometheusRegistry registry) {
        registry.scrape().forEach(metrics::add);
        return this;
    }

    /** Returns the page in the text form of Prometheus, version 0.0.4. */
    String text() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create()
                    .write(out, new MetricSnapshots(metrics), EscapingScheme.UNDERSCORE_ESCAPING);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
