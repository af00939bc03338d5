#pragma once

#include <gnutls/gnutls.h>
#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fanout_load.h"
#include "fanout_server_process.h"

namespace palabre::bench {

/// Redis with TLS over TCP, for comparison: one publisher, and subscribers of one channel, each on
/// its own connection, all in this process.
class Redis {
 public:
  explicit Redis(std::size_t subscribers);
  ~Redis();
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  /// Whether Redis is installed.
  static bool is_here();

  /// As `Load::run_closed`.
  Outcome run_closed(std::size_t messages, std::size_t window);

  /// As `Members::run_open`. Requires that there is one subscriber.
  std::vector<std::chrono::nanoseconds> run_open(std::size_t messages,
                                                 std::chrono::nanoseconds interval);

 private:
  class Peer;

  void start();
  void turn();

  std::string folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ServerProcess> server_;
  gnutls_certificate_credentials_t credentials_ = nullptr;
  int epoll_ = -1;
  std::array<epoll_event, 256> ready_{};
  std::vector<std::unique_ptr<Peer>> peers_;  // the first is the publisher
  std::size_t delivered_ = 0;
};

}  // namespace palabre::bench
