#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"

// What systemd gives to a service and is told by it; see packaging/systemd. Where no service
// manager has started this process, nothing is given, and telling does nothing. One thread.

namespace palabre::app {

/// The descriptors of the sockets that it passed, told apart by what they are, whatever their
/// order: a port that is open before the server is there loses nobody's first word.
struct PassedSockets {
  std::optional<int> udp;
  /// TCP's, for the web page, which is still to come: nobody accepts from it yet.
  std::optional<int> stream;
};

/// Takes the environment's word for it (LISTEN_PID, LISTEN_FDS), once: a second call finds none.
/// The descriptors are the caller's to close. Refuses two sockets of one kind, and what is neither
/// kind, rather than leave somebody unheard.
Result<PassedSockets> take_passed_sockets();

/// The same for descriptors from `first` on, `count` of them.
Result<PassedSockets> tell_sockets_apart(int first, int count);

/// How often to call `tell_alive`: half of the time after which the service manager believes this
/// process dead. Nothing where it does not watch.
std::optional<std::chrono::microseconds> watchdog_pace();

/// Guests can be served from now on; `status` is one line for `systemctl status`. False: nobody
/// could be told.
bool tell_ready(std::string_view status);
void tell_alive();
void tell_stopping();

}  // namespace palabre::app
