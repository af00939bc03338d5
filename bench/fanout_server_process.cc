#include "fanout_server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include "fanout_processors.h"

namespace palabre::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStartTimeout{5000};
constexpr milliseconds kGrace{2000};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Runs in the child, between fork and exec: only async-signal-safe calls, and it never returns.
[[noreturn]] void become(const std::vector<char*>& arguments, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent died before prctl
  keep_to_own_processor(Side::kServer);
  dup2(output, STDOUT_FILENO);
  execv(arguments.front(), arguments.data());
  _exit(127);
}

std::optional<std::uint16_t> find_port(std::string_view said) {
  constexpr std::string_view kBefore = "UDP port ";
  const std::size_t at = said.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = said.substr(at + kBefore.size());
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  // A number at the very end may continue in the next read.
  if (error != std::errc{} || stop == rest.data() + rest.size()) return std::nullopt;
  return port;
}

std::size_t read_kilobytes(const std::string& path, std::string_view field) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (word != field) continue;
    std::size_t kilobytes = 0;
    if (file >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error(fmt::format("{} tells no {}", path, field));
}

}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& command) {
  start(command);
  try {
    read_port();
    if (const int error = clock_getcpuclockid(pid_, &cpu_clock_); error != 0) {
      throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
    }
  } catch (const std::exception& error) {
    end();
    throw std::runtime_error(fmt::format("{}: {}", command.front(), error.what()));
  }
}

ServerProcess::~ServerProcess() { end(); }

void ServerProcess::start(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));  // execv does not modify it
  }
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(arguments, ends[1], parent);
  close(ends[1]);
  output_ = ends[0];
  if (pid_ < 0) {
    close(output_);
    fail("fork");
  }
}

void ServerProcess::read_port() {
  const auto give_up_at = steady_clock::now() + kStartTimeout;
  std::string said;
  while (steady_clock::now() < give_up_at) {
    pollfd waited{output_, POLLIN, 0};
    if (poll(&waited, 1, 100) <= 0) continue;
    std::array<char, 512> bytes{};
    const ssize_t count = read(output_, bytes.data(), bytes.size());
    if (count <= 0) throw std::runtime_error("ended before it listened");
    said.append(bytes.data(), static_cast<std::size_t>(count));
    if (const auto port = find_port(said)) {
      address_.sin_family = AF_INET;
      address_.sin_port = htons(*port);
      address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      return;
    }
  }
  throw std::runtime_error("did not say in time on which UDP port it listens");
}

void ServerProcess::end() noexcept {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    const auto kill_at = steady_clock::now() + kGrace;
    pid_t ended = 0;
    while ((ended = waitpid(pid_, nullptr, WNOHANG)) == 0 && steady_clock::now() < kill_at) {
      std::this_thread::sleep_for(milliseconds(2));
    }
    if (ended == 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
  }
  if (output_ >= 0) close(output_);
  output_ = -1;
}

std::chrono::nanoseconds ServerProcess::cpu_time() const {
  timespec used{};
  if (clock_gettime(cpu_clock_, &used) != 0) fail("The server has ended: clock_gettime");
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

MemoryUse ServerProcess::memory() const {
  return {read_kilobytes(fmt::format("/proc/{}/status", pid_), "VmRSS:"),
          read_kilobytes(fmt::format("/proc/{}/smaps_rollup", pid_), "Pss:")};
}

}  // namespace palabre::bench
