"""The configuration of each kind of tor node."""

import os

PASSWORD = "testnet"
# Tor's hash of PASSWORD (`tor --hash-password`); the salt is part of it.
PASSWORD_HASH = "16:246642E812EFBF8560C0C2FE2D4720D59A272F427799EA3ECC7FD9937A"

BANDWIDTH_FILE = "bandwidths"

# On loopback tor would learn a circuit timeout of some 55 ms, and then close
# good circuits whenever the machine is busy.
STEADY_CIRCUITS = ["LearnCircuitBuildTimeout 0", "CircuitBuildTimeout 10"]
AWAKE = ["DormantOnFirstStartup 0", "DormantCanceledByStartup 1"]


def build(node, options, dir_authorities, owner):
    """The text of a node's torrc; `node` is its record in the state file."""
    lines = _common(node, dir_authorities, owner)
    lines += _BY_ROLE[node["role"]](node, options)
    lines += options.extra_lines(node["role"], node["name"])
    return "\n".join(lines) + "\n"


def dir_authority_line(node):
    ports = node["ports"]
    return (f"DirAuthority {node['name']} orport={ports['or']} no-v2 "
            f"v3ident={node['v3ident']} 127.0.0.1:{ports['dir']} {node['fingerprint']}")


def control_socket(node):
    return os.path.join(node["directory"], "control")


def data_directory(node):
    return os.path.join(node["directory"], "data")


def _common(node, dir_authorities, owner):
    lines = [
        "TestingTorNetwork 1",
        *dir_authorities,
        f"DataDirectory {data_directory(node)}",
        f"Log notice file {node['directory']}/tor.log",
        f"ControlSocket {control_socket(node)}",
        "SafeLogging 0",
        "NumCPUs 1",
        "ShutdownWaitLength 0",
    ]
    if owner:
        lines.append(f"__OwningControllerProcess {owner}")
    return lines


def _server(node):
    return [
        f"Nickname {node['name']}",
        "Address 127.0.0.1",
        f"ORPort 127.0.0.1:{node['ports']['or']}",
        "SocksPort 0",
        "CookieAuthentication 1",
        "AssumeReachable 1",
        "ExitRelay 0",
        "ExitPolicy reject *:*",
        "ContactInfo nobody@localhost",
    ]


def _relay(node, _options):
    return _server(node)


def _authority(node, options):
    interval, first = options.voting_interval, options.first_interval
    params = " ".join(f"{key}={value}" for key, value in sorted(options.params.items()))
    return _server(node) + [
        f"DirPort 127.0.0.1:{node['ports']['dir']}",
        "AuthoritativeDirectory 1",
        "V3AuthoritativeDirectory 1",
        f"TestingV3AuthInitialVotingInterval {first} seconds",
        "TestingV3AuthInitialVoteDelay 2 seconds",
        "TestingV3AuthInitialDistDelay 2 seconds",
        f"V3AuthVotingInterval {interval} seconds",
        "V3AuthVoteDelay 2 seconds",
        "V3AuthDistDelay 2 seconds",
        "TestingDirAuthVoteGuard *",
        "TestingDirAuthVoteHSDir *",
        f"V3BandwidthsFile {os.path.dirname(node['directory'])}/{BANDWIDTH_FILE}",
        *([f"ConsensusParams {params}"] if params else []),
    ]


def _client(node, _options):
    return [
        f"SocksPort 127.0.0.1:{node['ports']['socks']}",
        f"SocksPort 127.0.0.1:{node['ports']['extended']} ExtendedErrors",
        "UseMicrodescriptors 1",
        "CookieAuthentication 1",
        *STEADY_CIRCUITS, *AWAKE,
    ]


def _publisher(node, options):
    authentication = {
        "cookie": ["CookieAuthentication 1"],
        "password": ["CookieAuthentication 0", f"HashedControlPassword {PASSWORD_HASH}"],
        "none": ["CookieAuthentication 0"],
    }[options.publisher_auth]
    return [
        f"SocksPort 127.0.0.1:{node['ports']['socks']}",
        f"ControlPort 127.0.0.1:{node['ports']['control']}",
        *authentication,
        "UseMicrodescriptors 1",
        "FetchDirInfoEarly 1",
        "FetchDirInfoExtraEarly 1",
        *STEADY_CIRCUITS, *AWAKE,
    ]


def _backend(node, options):
    lines = ["SocksPort 0", "CookieAuthentication 1", *STEADY_CIRCUITS, *AWAKE]
    for service in node["services"]:
        lines.append(f"HiddenServiceDir {service['directory']}")
        lines.append(f"HiddenServicePort 80 127.0.0.1:{service['port']}")
        if options.intro_points:
            lines.append(f"HiddenServiceNumIntroductionPoints {options.intro_points}")
        if service["kind"] == "instance":
            lines.append("HiddenServiceOnionbalanceInstance 1")
    return lines


_BY_ROLE = {
    "authority": _authority,
    "relay": _relay,
    "client": _client,
    "publisher": _publisher,
    "backend": _backend,
}
