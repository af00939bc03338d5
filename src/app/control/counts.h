#pragma once

#include <string>

#include "guard/gate.h"
#include "link/quic/server.h"
#include "net/udp_socket.h"
#include "server/doors/frames/frames_door.h"
#include "server/doors/plain/plain_door.h"

namespace palabre::app {

/// The sources of the counters. Borrowed; all of it outlives this.
struct Counted {
  const net::UdpSocket& socket;
  const server::PlainDoor& guests;
  const guard::Gate& gate;
  // Null: members are not admitted.
  const server::FramesDoor* members = nullptr;
  const link::QuicServer* links = nullptr;
};

/// Datagrams received, sent and dropped, with the reasons, as a table for people; without a newline
/// at its end.
std::string counts_table(const Counted& counted);

}  // namespace palabre::app
