#include "balance/probe.h"

const char *probe_end_text(enum probe_end e)
{
  static const char *const texts[] = {
      [PROBE_ANSWERED] = "answered",
      [PROBE_UNEXPECTED] = "gave another answer than expected",
      [PROBE_REFUSED] = "refused the connection",
      [PROBE_NO_DESCRIPTOR] = "has no usable descriptor",
      [PROBE_FAILED] = "could not be reached",
      [PROBE_TIMED_OUT] = "did not answer in time",
      [PROBE_NOT_READY] = "could not be tried",
  };

  return texts[e];
}
