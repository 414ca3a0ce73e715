#include "conf/schema.h"

#include "base/limits.h"
#include "base/mem.h"
#include "conf/config.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void *append_service(void *owner)
{
  struct config *c = owner;

  c->services = mem_grow(c->services, c->n_services, &c->cap_services, sizeof *c->services);
  c->services[c->n_services] = (struct config_service){0};
  return &c->services[c->n_services++];
}

static void *append_instance(void *owner)
{
  struct config_service *s = owner;

  s->instances = mem_grow(s->instances, s->n_instances, &s->cap_instances, sizeof *s->instances);
  s->instances[s->n_instances] = (struct config_instance){0};
  return &s->instances[s->n_instances++];
}

static const struct schema_key instance_keys[] = {
    {
        .name = "address",
        .help = "the onion address of a backend",
        .type = SCHEMA_ADDRESS,
        .is_required = true,
        .offset = offsetof(struct config_instance, address),
    },
    {
        .name = "name",
        .help = "the name of a backend in logs and status",
        .type = SCHEMA_TEXT,
        .is_lenient = true,
        .max = LIMIT_NAME_BYTES,
        .offset = offsetof(struct config_instance, name),
    },
};

static const struct schema_map instance_map = {
    .name = "an instance",
    .keys = instance_keys,
    .n = COUNT(instance_keys),
    .place_offset = offsetof(struct config_instance, place),
};

static const struct schema_key service_keys[] = {
    {
        .name = "key",
        .help = "the file with the private key of the frontend",
        .type = SCHEMA_PATH,
        .is_required = true,
        .instead = "signer",
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config_service, key_path),
    },
    {
        .name = "key-passphrase-file",
        .help = "the file with the passphrase of the private key, if it is encrypted",
        .type = SCHEMA_PATH,
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config_service, key_passphrase_file),
    },
    {
        .name = "signer",
        .help = "the signer that has the private key, unix:PATH or exec:COMMAND ARGUMENT...",
        .type = SCHEMA_SIGNER,
        .max = LIMIT_COMMAND_BYTES,
        .offset = offsetof(struct config_service, signer),
    },
    {
        .name = "address",
        .help = "the onion address of the frontend, to find its key at the signer",
        .type = SCHEMA_ADDRESS,
        .offset = offsetof(struct config_service, address),
    },
    {
        .name = "name",
        .help = "the name of the frontend in logs and status",
        .type = SCHEMA_TEXT,
        .is_lenient = true,
        .max = LIMIT_NAME_BYTES,
        .offset = offsetof(struct config_service, name),
    },
    {
        .name = "instances",
        .help = "the list of backends",
        .type = SCHEMA_LIST,
        .is_required = true,
        .max = LIMIT_INSTANCES_PER_SERVICE,
        .map = &instance_map,
        .append = append_instance,
    },
};

static const struct schema_map service_map = {
    .name = "a service",
    .keys = service_keys,
    .n = COUNT(service_keys),
    .place_offset = offsetof(struct config_service, place),
};

static const struct schema_key tor_keys[] = {
    {
        .name = "control",
        .help = "tor's control port, unix:PATH or ADDRESS:PORT",
        .type = SCHEMA_ENDPOINT,
        .offset = offsetof(struct config, tor_control),
    },
    {
        .name = "control-password-file",
        .help = "the file with the password of tor's control port",
        .type = SCHEMA_PATH,
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config, tor_control_password_file),
    },
};

static const struct schema_map tor_map = {
    .name = "the section \"tor\"",
    .keys = tor_keys,
    .n = COUNT(tor_keys),
    .place_offset = SCHEMA_NO_PLACE,
};

static const struct schema_key root_keys[] = {
    {
        .name = "services",
        .help = "the list of frontends",
        .type = SCHEMA_LIST,
        .is_required = true,
        .max = LIMIT_SERVICES,
        .map = &service_map,
        .append = append_service,
    },
    {
        .name = "tor",
        .help = "how to reach tor",
        .type = SCHEMA_MAP,
        .map = &tor_map,
    },
    {
        .name = "state-directory",
        .help = "the folder for what the next start begins with",
        .type = SCHEMA_PATH,
        .max = LIMIT_PATH_BYTES,
        .offset = offsetof(struct config, state_directory),
    },
    {
        .name = "status-socket-location",
        .help = "the unix socket that tells the status",
        .type = SCHEMA_SOCKET,
        .is_lenient = true,
        .offset = offsetof(struct config, status_socket),
    },
    {
        .name = "admin-socket",
        .help = "the unix socket for onionbalancectl",
        .type = SCHEMA_SOCKET,
        .is_lenient = true,
        .offset = offsetof(struct config, admin_socket),
    },
    {
        .name = "admin-socket-readers",
        .help = "the group whose members may look at the admin socket, but change nothing",
        .type = SCHEMA_TEXT,
        .is_lenient = true,
        .max = LIMIT_NAME_BYTES,
        .offset = offsetof(struct config, admin_readers),
    },
};

const struct schema_map schema_root = {
    .name = "the file",
    .keys = root_keys,
    .n = COUNT(root_keys),
    .place_offset = SCHEMA_NO_PLACE,
};
