#pragma once

namespace palabre::app {

/// Whether this process runs in a container, as far as the programs that make them say so: podman,
/// systemd and LXC by `$container`, docker and podman by a file.
bool in_container();

}  // namespace palabre::app
