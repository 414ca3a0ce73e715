/* What keys that allow some words only can say: the numbers of SCHEMA_CHOICE, in
 * the order of the schema's words; 0 where nothing is said. */
#ifndef CONF_CHOICE_H
#define CONF_CHOICE_H

enum config_probe {
  CONFIG_PROBE_NOT_GIVEN,
  CONFIG_PROBE_AUTO,
  CONFIG_PROBE_TCP,
  CONFIG_PROBE_HTTP,
  CONFIG_PROBE_DESCRIPTOR,
  CONFIG_PROBE_NONE,
};

enum config_descriptors {
  CONFIG_DESCRIPTORS_NOT_GIVEN, /* as auto */
  CONFIG_DESCRIPTORS_AUTO,
  CONFIG_DESCRIPTORS_SINGLE,
  CONFIG_DESCRIPTORS_DISTINCT,
};

/* Of enum admin_state, and one more. */
enum config_state {
  CONFIG_STATE_NOT_GIVEN,
  CONFIG_STATE_ENABLED,
  CONFIG_STATE_DRAIN,
  CONFIG_STATE_MAINTENANCE,
  CONFIG_STATE_DISABLED,
};

#endif
