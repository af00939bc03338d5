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

/// The path as a socket address; an error if the path is empty or too long for one.
Result<sockaddr_un> unix_address(const std::filesystem::path& path);

/// The default path of a server's control socket: in systemd's RUNTIME_DIRECTORY; else in the
/// user's XDG_RUNTIME_DIR; else, for root, in /run/palabre. Nothing: there is none of these.
std::optional<std::filesystem::path> default_control_path();
/// The paths that an operator's command tries, in this order: those of the default path, with
/// /run/palabre for every user. Never empty.
std::vector<std::filesystem::path> usual_control_paths();

/// The control socket: listening, and with mode 0600 from its creation. The destructor removes the
/// socket file if the process still may. The next server replaces a socket file that was left
/// behind.
class ControlSocket {
 public:
  /// Creates the parent folder of `path` with mode 0700 if it is missing, but not its ancestors.
  /// Replaces the socket of a dead server; never one that answers, and never a file that is not a
  /// socket. Changes the umask of the process for a moment, so it requires that the process has one
  /// thread. Blocks up to one second while another server that starts has locked the folder.
  static Result<std::unique_ptr<ControlSocket>> open(const std::filesystem::path& path);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Non-blocking. This object closes it.
  int descriptor() const { return descriptor_; }

  /// Whether a peer of this user is accepted: root, the user that opened the socket, or the
  /// process's current user. The mode of the file may be changed later, so each peer's user is
  /// checked too.
  bool may_speak(uid_t user) const;

 private:
  ControlSocket(std::filesystem::path path, int descriptor);

  std::filesystem::path path_;
  int descriptor_;
  uid_t opened_by_;
  std::pair<dev_t, ino_t> file_{};  ///< device and inode: another server's file is not removed
};

}  // namespace palabre::app
