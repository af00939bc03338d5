#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <ctime>
#include <string>
#include <vector>

namespace palabre::bench {

struct MemoryUse {
  std::size_t resident_bytes = 0;      ///< VmRSS: shared pages of libraries count in full
  std::size_t proportional_bytes = 0;  ///< Pss: shared pages count by share
};

/// A server in a process of its own, measured from outside. It ends with this object, by its pid,
/// and with the benchmark, however that ends.
class ServerProcess {
 public:
  /// Starts `command` and waits until it says on its standard output that it listens on "UDP port
  /// N". Throws where it does not.
  explicit ServerProcess(const std::vector<std::string>& command);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const sockaddr_in& address() const { return address_; }

  /// What all of its threads have used so far, user and system.
  std::chrono::nanoseconds cpu_time() const;
  MemoryUse memory() const;

 private:
  void start(const std::vector<std::string>& command);
  void read_port();
  void end() noexcept;

  pid_t pid_ = -1;
  int output_ = -1;
  clockid_t cpu_clock_{};
  sockaddr_in address_{};
};

}  // namespace palabre::bench
