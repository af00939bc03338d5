#pragma once

namespace palabre::app {

/// Whether this process runs in a container, by the marks that container programs leave: podman,
/// systemd and LXC set `$container`, docker and podman create a file.
bool in_container();

}  // namespace palabre::app
