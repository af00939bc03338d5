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

/// A server in its own process, measured from outside. The destructor ends it, by its pid; it also
/// ends with the benchmark, however that ends.
class ServerProcess {
 public:
  /// Starts `command` and waits until its standard output says "UDP port N". Throws where it does
  /// not.
  explicit ServerProcess(const std::vector<std::string>& command);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const sockaddr_in& address() const { return address_; }

  /// CPU time of all its threads so far, user and system.
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
