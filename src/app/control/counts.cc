#include "app/control/counts.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace palabre::app {

std::string counts_table(const net::UdpSocket::Counts& socket,
                         const server::PlainDoor::Counts& plain, const guard::Drops& drops) {
  std::string table = "datagrams so far:";
  const auto row = [&](std::uint64_t count, std::string_view what) {
    table += fmt::format("\n{:>14}  {}", count, what);
  };
  row(socket.received, "received");
  row(socket.sent, "sent");
  row(socket.undeliverable, "not sent: their destination cannot be reached");
  row(socket.overflowed, "lost in the receive buffer: they came too fast");
  row(plain.notices_dropped, "notices dropped while the socket was full");
  row(plain.challenges, "challenges sent");
  for (std::size_t i = 0; i < guard::kCauseWords.size(); ++i) {
    row(drops.of(static_cast<guard::Cause>(i)), fmt::format("dropped: {}", guard::kCauseWords[i]));
  }
  return table;
}

}  // namespace palabre::app
