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

/// The path as a socket address; an error where it is too long for one.
Result<sockaddr_un> unix_address(const std::filesystem::path& path);

/// The default path of a server's control socket: in systemd's RUNTIME_DIRECTORY; else in the
/// user's XDG_RUNTIME_DIR; else, for root, in /run/palabre. Nothing where there is none.
std::optional<std::filesystem::path> default_control_path();
/// The paths that an operator's command tries, in this order.
std::vector<std::filesystem::path> usual_control_paths();

/// The control socket: listening, and with mode 0600 from its creation. The file is removed at the
/// end, as far as the process may still do so; the next server replaces one that is left behind.
class ControlSocket {
 public:
  /// Creates the folder, with mode 0700, where it is missing. Replaces the socket of a dead server;
  /// never one that answers, and never a file that is not a socket.
  static Result<std::unique_ptr<ControlSocket>> open(const std::filesystem::path& path);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Non-blocking. This object closes it.
  int descriptor() const { return descriptor_; }

  /// Whether a peer of this user is accepted: root, the user that opened the socket, or the
  /// process's current user. The file's mode enforces almost the same, but files get copied and
  /// chmodded.
  bool may_speak(uid_t user) const;

 private:
  ControlSocket(std::filesystem::path path, int descriptor);

  std::filesystem::path path_;
  int descriptor_;
  uid_t opened_by_;
  std::pair<dev_t, ino_t> file_{};  ///< device and inode: it removes its own file only
};

}  // namespace palabre::app
