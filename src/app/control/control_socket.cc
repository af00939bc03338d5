#include "app/control/control_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/file.h"
#include "client/environment.h"

namespace palabre::app {
namespace {

constexpr int kBacklog = 64;
constexpr auto kLockPause = std::chrono::milliseconds(10);
constexpr int kLockTries = 100;
constexpr const char* kRunPath = "/run/palabre/control";

/// In the order in which they are tried; `in_run`: /run/palabre too.
std::vector<std::filesystem::path> paths(bool in_run) {
  std::vector<std::filesystem::path> found;
  if (const auto given = client::path_in_environment("RUNTIME_DIRECTORY")) {
    found.emplace_back(given->substr(0, given->find(':')) + "/control");
  }
  if (const auto users = client::path_in_environment("XDG_RUNTIME_DIR")) {
    found.emplace_back(*users + "/palabre/control");
  }
  if (in_run) found.emplace_back(kRunPath);
  return found;
}

/// Locks the folder against other starting servers: two that find the same dead socket must not
/// both replace it.
Result<Descriptor> lock(const std::filesystem::path& folder) {
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() < 0) return cannot("Opening the folder {} failed", folder, errno);
  for (int i = 0; ::flock(opened.number(), LOCK_EX | LOCK_NB) != 0; ++i) {
    if (errno != EWOULDBLOCK || i == kLockTries)
      return cannot("Locking the folder {} failed", folder, errno);
    std::this_thread::sleep_for(kLockPause);
  }
  return opened;
}

/// Removes a dead socket at `path`, or says why the file there must stay.
Result<void> make_way(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return cannot("Looking at {} failed", path, errno);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return fail(
        Error{EX_CANTCREAT, fmt::format("{} is there already, and no socket", path.string())});
  }
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN) {
    return fail(Error{EX_CANTCREAT, fmt::format("another server answers at {}", path.string())});
  }
  if (errno != ECONNREFUSED) return cannot("Trying {} failed", path, errno);
  if (::unlink(path.c_str()) != 0) return cannot("Removing {} failed", path, errno);
  return {};
}

/// 0600 from its first moment, and listening from the second, so that it is never taken for dead.
bool bind_and_listen(int descriptor, const sockaddr_un& address) {
  const mode_t before = ::umask(0177);
  const int bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  errno = error;
  return bound == 0 && ::listen(descriptor, kBacklog) == 0;
}

}  // namespace

Result<sockaddr_un> unix_address(const std::filesystem::path& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string& name = path.native();
  if (name.empty() || name.size() >= sizeof address.sun_path) {
    return fail(Error{EX_USAGE, fmt::format("{} is no path for a socket: it may have {} bytes",
                                            name, sizeof address.sun_path - 1)});
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  return address;
}

std::optional<std::filesystem::path> default_control_path() {
  const auto possible = paths(::geteuid() == 0);
  return possible.empty() ? std::nullopt : std::optional(possible.front());
}

std::vector<std::filesystem::path> usual_control_paths() { return paths(true); }

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::filesystem::path& path) {
  const auto address = unix_address(path);
  if (!address) return fail(address.error());
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return cannot("Making the folder {} failed", folder, errno);
  }
  const auto locked = lock(folder);
  if (!locked) return fail(locked.error());
  if (auto free = make_way(path, *address); !free) return fail(free.error());

  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return cannot("Opening {} failed", path, errno);
  if (!bind_and_listen(descriptor, *address)) {
    const int error = errno;
    ::close(descriptor);
    return cannot("Opening {} failed", path, error);
  }
  // The absolute path, since a server changes its working directory before it removes its socket.
  std::error_code unknown;
  const auto whole = std::filesystem::absolute(path, unknown);
  return std::unique_ptr<ControlSocket>(new ControlSocket(unknown ? path : whole, descriptor));
}

ControlSocket::ControlSocket(std::filesystem::path path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor), opened_by_(::geteuid()) {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) == 0) file_ = {found.st_dev, found.st_ino};
}

ControlSocket::~ControlSocket() {
  // Removed while it still listens, so that no other server has replaced it by then.
  struct stat found {};
  if (::lstat(path_.c_str(), &found) == 0 && file_ == std::pair(found.st_dev, found.st_ino)) {
    ::unlink(path_.c_str());
  }
  ::close(descriptor_);
}

bool ControlSocket::may_speak(uid_t user) const {
  return user == 0 || user == opened_by_ || user == ::geteuid();
}

}  // namespace palabre::app
