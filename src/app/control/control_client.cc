#include "app/control/control_client.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "app/control/control_socket.h"
#include "wire/clean.h"

namespace palabre::app {
namespace {

constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

class Connection {
 public:
  Connection() : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  }
  ~Connection() { ::close(descriptor_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// 0, or the errno.
  int connect(const std::filesystem::path& path) const {
    const auto address = unix_address(path);
    if (!address) return ENAMETOOLONG;
    const auto* const raw = reinterpret_cast<const sockaddr*>(&*address);
    return ::connect(descriptor_, raw, sizeof *address) == 0 ? 0 : errno;
  }

  /// Ignores a failed send: a server that refuses a request answers before it has read all of it,
  /// and that answer counts.
  void send(std::string_view line) const {
    while (!line.empty()) {
      const ssize_t sent = ::send(descriptor_, line.data(), line.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      line.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  std::string read_all() const {
    std::string bytes;
    std::array<char, 65536> part{};
    for (ssize_t size = 1; size > 0;) {
      size = ::recv(descriptor_, part.data(), part.size(), 0);
      if (size > 0) bytes.append(part.data(), static_cast<std::size_t>(size));
    }
    return bytes;
  }

 private:
  int descriptor_;
};

Error unreachable(const std::vector<std::filesystem::path>& tried, bool forbidden) {
  std::vector<std::string> names;
  names.reserve(tried.size());
  for (const auto& path : tried) names.push_back(path.string());
  const std::string at = fmt::format("{}", fmt::join(names, " or "));
  if (forbidden) {
    return {EX_NOPERM, fmt::format("The control socket at {} is open to root and to the server's "
                                   "own user only: try sudo.",
                                   at)};
  }
  return {EX_UNAVAILABLE,
          fmt::format("No server answers at {}. Start one with palabre serve, or name its control "
                      "socket, which its log does too: --control PATH.",
                      at)};
}

/// Connects to the first path that accepts.
Result<void> connect(Connection& connection, const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> forbidden;
  for (const auto& path : paths) {
    const int error = connection.connect(path);
    if (error == 0) return {};
    if (error == EACCES || error == EPERM) forbidden.push_back(path);
  }
  return Unexpected<Error>(forbidden.empty() ? unreachable(paths, false)
                                             : unreachable(forbidden, true));
}

}  // namespace

Result<std::string> ask_server(const server::ControlRequest& request,
                               const std::filesystem::path& path) {
  const auto line = encode(request);
  if (!line) return fail(line.error());
  Connection connection;
  const auto connected =
      connect(connection, path.empty() ? usual_control_paths() : std::vector{path});
  if (!connected) return fail(connected.error());
  connection.send(*line);
  auto answer = server::parse_answer(connection.read_all());
  if (!answer) {
    return fail(Error{EX_TEMPFAIL,
                      "The server's answer is incomplete: it is stopping, or held up. Try "
                      "again; palabre stats shows whether it runs."});
  }
  std::string text = wire::clean(answer->text).text;
  if (answer->exit_code != EX_OK) return fail(Error{answer->exit_code, std::move(text)});
  return text;
}

}  // namespace palabre::app
