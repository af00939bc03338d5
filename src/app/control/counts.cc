#include "app/control/counts.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "guard/causes.h"

namespace palabre::app {
namespace {

void add(std::string& table, std::uint64_t count, std::string_view what) {
  table += fmt::format("\n{:>14}  {}", count, what);
}

void add(std::string& table, const link::QuicServer::Counts& links) {
  add(table, links.handshakes, "QUIC connections opened");
  add(table, links.migrations, "QUIC connections moved to another address");
  add(table, links.retries, "QUIC Retry packets sent, to validate an address");
  add(table, links.version_negotiations, "QUIC Version Negotiation packets sent");
  add(table, links.resets, "QUIC stateless resets sent");
  add(table, links.refused_full, "QUIC refused: too many connections");
  add(table, links.refused_per_address, "QUIC refused: too many connections of that address");
  add(table, links.refused_per_network, "QUIC refused: too many connections of that network");
  add(table, links.refused_rate, "QUIC refused: too many new connections");
  add(table, links.refused_caller, "QUIC refused: banned, or from outside");
  add(table, links.dropped_caller, "QUIC dropped: banned, or from outside");
  add(table, links.evicted, "QUIC connections ended for a newcomer, without a login");
  add(table, links.refused_token, "QUIC refused: Retry token expired, or of another address");
  add(table, links.dropped_half_open, "QUIC dropped: too many handshakes");
  add(table, links.dropped_malformed,
      "QUIC dropped: malformed, or not the first packet of a connection");
  add(table, links.dropped_no_room, "QUIC dropped: stateless replies, while the socket was full");
  add(table, links.dropped_strays, "QUIC dropped: of an unknown connection");
}

void add(std::string& table, const server::FramesDoor::Counts& members) {
  add(table, members.logins, "logins of members");
  add(table, members.logins_refused, "logins refused");
  add(table, members.slowed, "members' posts that waited for their pace");
  add(table, members.broken, "members' connections closed: invalid frames or commands");
}

}  // namespace

std::string counts_table(const Counted& counted) {
  std::string table = "datagrams so far:";
  const net::UdpSocket::Counts socket = counted.socket.counts();
  add(table, socket.received, "received");
  add(table, socket.sent, "sent");
  add(table, socket.undeliverable, "not sent: their destination cannot be reached");
  add(table, socket.overflowed, "lost in the receive buffer: they came too fast");
  const server::PlainDoor::Counts& guests = counted.guests.counts();
  add(table, guests.notices_dropped, "notices dropped while the socket was full");
  add(table, guests.challenges, "challenges sent");
  const guard::Drops& drops = counted.gate.drops();
  for (std::size_t i = 0; i < guard::kCauseWords.size(); ++i) {
    add(table, drops.of(static_cast<guard::Cause>(i)),
        fmt::format("dropped: {}", guard::kCauseWords[i]));
  }
  if (counted.links != nullptr) add(table, counted.links->counts());
  if (counted.members != nullptr) add(table, counted.members->counts());
  return table;
}

}  // namespace palabre::app
