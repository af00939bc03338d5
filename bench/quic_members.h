#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "fanout_load.h"
#include "fanout_server_process.h"
#include "link/quic/tls.h"

namespace palabre::bench {

/// Members of one server, each over a connection and a socket of its own, all in this process and
/// in its lobby. The first of them posts. One thread, which never sleeps while it waits.
class Members {
 public:
  Members(const ServerProcess& server, std::size_t count);
  ~Members();
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  /// As `Load::run_closed`: `window` messages are on their way at any time.
  Outcome run_closed(std::size_t messages, std::size_t window);

  /// Requires that there are two. Messages are due at fixed moments, and their latency counts from
  /// those. What has not come some seconds after the last is not in the result.
  std::vector<std::chrono::nanoseconds> run_open(std::size_t messages,
                                                 std::chrono::nanoseconds interval);

  /// What it took to make them all: handshake, login and lobby, so many at a time.
  std::chrono::nanoseconds took() const { return took_; }
  std::chrono::nanoseconds server_cpu() const { return server_cpu_; }

 private:
  class Member;

  void turn();
  void let_in(std::size_t count);

  const ServerProcess& server_;
  std::unique_ptr<link::QuicTls> tls_;
  int epoll_ = -1;
  std::array<epoll_event, 256> ready_{};
  std::vector<std::unique_ptr<Member>> members_;
  std::size_t delivered_ = 0;  ///< messages, to all of them
  std::chrono::nanoseconds took_{};
  std::chrono::nanoseconds server_cpu_{};
};

}  // namespace palabre::bench
