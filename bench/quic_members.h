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

/// Members of one server, each with its own connection and socket, all in this process and in the
/// lobby. The first of them posts. One thread, which polls without sleeping.
class Members {
 public:
  Members(const ServerProcess& server, std::size_t count);
  ~Members();
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  /// As `Load::run_closed`: `window` messages are in flight at any time.
  Outcome run_closed(std::size_t messages, std::size_t window);

  /// Requires that there are two members. Messages are due at fixed times, and latency counts from
  /// those. Messages that have not come ten seconds after the last was due are not in the result.
  std::vector<std::chrono::nanoseconds> run_open(std::size_t messages,
                                                 std::chrono::nanoseconds interval);

  /// Wall time, and CPU time of the server, of all handshakes, logins and joins, four at a time.
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
  std::size_t delivered_ = 0;  ///< deliveries to all members together
  std::chrono::nanoseconds took_{};
  std::chrono::nanoseconds server_cpu_{};
};

}  // namespace palabre::bench
