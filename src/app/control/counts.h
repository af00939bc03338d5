#pragma once

#include <string>

#include "guard/gate.h"
#include "link/quic/server.h"
#include "net/udp_socket.h"
#include "server/doors/frames/frames_door.h"
#include "server/doors/plain/plain_door.h"

namespace palabre::app {

/// Whose figures are shown. Borrowed; all of it outlives this.
struct Counted {
  const net::UdpSocket& socket;
  const server::PlainDoor& guests;
  const guard::Gate& gate;
  // Null: no members are admitted.
  const server::FramesDoor* members = nullptr;
  const link::QuicServer* links = nullptr;
};

/// What was received, sent and dropped, and why, as a table for people; no newline at its end.
std::string counts_table(const Counted& counted);

}  // namespace palabre::app
