#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"

// Communication with the service manager, systemd; see packaging/systemd. Without a service manager
// nothing is received, and notifications do nothing. One thread.

namespace palabre::app {

/// The descriptors of the sockets that systemd passed, told apart by their types, in any order.
/// With socket activation, datagrams sent before the server runs wait in the socket.
struct PassedSockets {
  std::optional<int> udp;
  /// A TCP socket, for a later web page: nothing accepts on it yet.
  std::optional<int> stream;
};

/// Reads LISTEN_PID and LISTEN_FDS and removes them from the environment: a second call finds no
/// sockets. The caller owns the descriptors. On an error they stay open. Both fields may be empty.
/// Refuses two sockets of one kind, and any other kind, instead of ignoring one.
Result<PassedSockets> take_passed_sockets();

/// The same for `count` descriptors from `first` on.
Result<PassedSockets> tell_sockets_apart(int first, int count);

/// How often to call `tell_alive`: half of the service manager's watchdog timeout. Nothing: there
/// is no watchdog.
std::optional<std::chrono::microseconds> watchdog_pace();

/// Guests can be served from now on; `status` is one line for `systemctl status`. False: the
/// service manager could not be notified. Without a service manager: true.
bool tell_ready(std::string_view status);
/// Resets the watchdog. Failures are ignored, here and in `tell_stopping`.
void tell_alive();
/// The shutdown has begun.
void tell_stopping();

}  // namespace palabre::app
