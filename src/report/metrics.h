/* A snapshot as metrics for a monitoring system: the text format of Prometheus,
 * version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
#ifndef REPORT_METRICS_H
#define REPORT_METRICS_H

#include "report/view.h"

/* Appends all of them, whatever form is asked for. Names of services and
 * instances are labels; what is not known yet is left out. */
void metrics_build(const struct view *v, struct buf *out);

#endif
