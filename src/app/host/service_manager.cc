#include "app/host/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include <string>
#include <system_error>

#include "base/fail.h"

namespace palabre::app {
namespace {

bool is_internet_socket(int descriptor, int type) {
  return sd_is_socket(descriptor, AF_INET6, type, -1) > 0 ||
         sd_is_socket(descriptor, AF_INET, type, -1) > 0;
}

Unexpected<Error> wrong(int descriptor, std::string_view what) {
  return fail(EX_CONFIG,
              "The service manager passed descriptor {}, {}; name one "
              "ListenDatagram= and at most one ListenStream= in the socket "
              "unit, both of them ports.",
              descriptor, what);
}

}  // namespace

Result<PassedSockets> tell_sockets_apart(int first, int count) {
  PassedSockets sockets;
  for (int descriptor = first; descriptor < first + count; ++descriptor) {
    const bool is_udp = is_internet_socket(descriptor, SOCK_DGRAM);
    if (!is_udp && !is_internet_socket(descriptor, SOCK_STREAM)) {
      return wrong(descriptor, "which is no socket of UDP or TCP");
    }
    std::optional<int>& place = is_udp ? sockets.udp : sockets.stream;
    if (place) return wrong(descriptor, is_udp ? "a second UDP socket" : "a second TCP socket");
    place = descriptor;
  }
  return sockets;
}

Result<PassedSockets> take_passed_sockets() {
  const int count = sd_listen_fds(/*unset_environment=*/1);
  if (count < 0) {
    return fail(EX_CONFIG,
                "The sockets that the service manager passed cannot be taken: "
                "{}; see LISTEN_FDS in the environment.",
                std::generic_category().message(-count));
  }
  return tell_sockets_apart(SD_LISTEN_FDS_START, count);
}

std::optional<std::chrono::microseconds> watchdog_pace() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(/*unset_environment=*/0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds / 2);
}

bool tell_ready(std::string_view status) {
  return sd_notify(0, fmt::format("READY=1\nSTATUS={}", status).c_str()) >= 0;
}

void tell_alive() { sd_notify(0, "WATCHDOG=1"); }

void tell_stopping() { sd_notify(0, "STOPPING=1\nSTATUS=Saying goodbye"); }

}  // namespace palabre::app
