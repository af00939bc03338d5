#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "app/serve/serve_options.h"
#include "base/result.h"
#include "base/time.h"
#include "guard/gate.h"
#include "link/quic/certificate.h"
#include "link/quic/server.h"
#include "server/doors/frames/frames_door.h"

namespace palabre::app {

/// What members come in by: who the server is, their door, and their links over its socket.
class MembersDoor {
 public:
  /// The key of the server is in `folder`, and made there at its first start; where `folder` is
  /// empty it lasts as long as the process. Invites are over by `wall`. Borrows the gate and the
  /// socket, which outlive it.
  static Result<std::unique_ptr<MembersDoor>> open(const ServeOptions& options,
                                                   const std::filesystem::path& folder,
                                                   guard::Gate& gate, link::DatagramSocket& socket,
                                                   std::function<WallTime()> wall,
                                                   chat::DoorIndex index);

  server::FramesDoor& door() { return door_; }
  link::QuicServer& links() { return links_; }
  /// What clients know the server by.
  const Pin& pin() const { return pin_; }

 private:
  MembersDoor(const ServeOptions& options, const link::Certificate& certificate,
              const link::QuicSecret& secret, guard::Gate& gate, link::DatagramSocket& socket,
              std::function<WallTime()> wall, chat::DoorIndex index);

  Pin pin_;
  server::FramesDoor door_;
  link::QuicServer links_;
};

}  // namespace palabre::app
