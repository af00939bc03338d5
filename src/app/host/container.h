#pragma once

namespace palabre::app {

/// Whether this process runs in a container, by the marks of container runtimes: podman,
/// systemd-nspawn and LXC set `$container`, docker and podman create a file.
bool in_container();

}  // namespace palabre::app
