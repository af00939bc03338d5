#pragma once

#include <sys/types.h>
#include <sys/un.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace palabre::app {

/// A path as the socket calls take it; an error where it is too long for one.
Result<sockaddr_un> unix_address(const std::filesystem::path& path);

/// Where a server that is told nothing opens its control socket: in the folder that systemd gives
/// it, else in the user's, else, for root, in /run/palabre. Nothing where there is none.
std::optional<std::filesystem::path> default_control_path();
/// Where an operator's command looks for it, in this order.
std::vector<std::filesystem::path> usual_control_paths();

/// The control socket as a file: listening, and of mode 0600 from its first moment. Removed at the
/// end, as far as the process may still do so: one left behind is replaced by the next server.
class ControlSocket {
 public:
  /// Makes the folder, 0700, where it is missing. Replaces the socket of a server that is dead,
  /// never one that answers, and nothing that is no socket.
  static Result<std::unique_ptr<ControlSocket>> open(const std::filesystem::path& path);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Does not block. The socket's to close.
  int descriptor() const { return descriptor_; }

  /// Whether a peer of this user may speak: root, whoever started the server, and whom it runs as
  /// now. The mode of the file says almost the same; but files get copied about and chmodded.
  bool may_speak(uid_t user) const;

 private:
  ControlSocket(std::filesystem::path path, int descriptor);

  std::filesystem::path path_;
  int descriptor_;
  uid_t opened_by_;
  std::pair<dev_t, ino_t> file_{};  ///< so that it removes no other's
};

}  // namespace palabre::app
