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

/// Admits members: the server's identity, the members' door, and its QUIC links over the server's
/// socket.
class MembersDoor {
 public:
  /// The server's key is the operator's (`options.members.key`), else in `folder`, where it is
  /// created at the first start. QUIC's secret is in `folder` in any case. With an empty `folder`
  /// they live as long as the process. `wall` decides when invites have expired.
  /// Borrows the gate and the socket, which must outlive this object.
  static Result<std::unique_ptr<MembersDoor>> open(const ServeOptions& options,
                                                   const std::filesystem::path& folder,
                                                   guard::Gate& gate, link::DatagramSocket& socket,
                                                   std::function<WallTime()> wall,
                                                   chat::DoorIndex index);

  server::FramesDoor& door() { return door_; }
  link::QuicServer& links() { return links_; }
  /// The fingerprint of the server's key, by which clients know the server.
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
