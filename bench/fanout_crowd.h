#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace palabre::bench {

/// Raises the soft limit on open files to `descriptors`, if it is lower. Throws where the hard
/// limit is lower.
void allow_descriptors(std::size_t descriptors);

/// The guests, numbered from 0: one UDP socket each on 127.0.0.1, all in this process.
///
/// One crowd serves all servers that are compared, so the receiving sockets and code are the same.
/// It polls without sleeping: on loopback the sender would pay for waking a sleeping receiver, at
/// random moments, which no real server does.
class Crowd {
 public:
  explicit Crowd(std::size_t size) { grow_to(size); }
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void grow_to(std::size_t size);
  std::size_t size() const { return sockets_.size(); }

  /// Every guest from `first` on says hello to the server; returns when all are welcomed. Throws
  /// where a welcome does not come.
  void join(const sockaddr_in& server, std::size_t first = 0);

  void send(std::size_t guest, const sockaddr_in& server, std::string_view datagram) const;

  struct Received {
    std::optional<std::size_t> guest;
    std::span<const std::string_view> datagrams;
  };
  /// Datagrams received by one guest from servers that it has joined, one batch at most; `guest` is
  /// empty where none wait. Datagrams from other senders, meant for earlier owners of the port, are
  /// ignored. Does not block. Valid until the next call.
  Received receive();

 private:
  static constexpr std::size_t kReadyBatch = 256;
  static constexpr std::size_t kReceiveBatch = 32;
  static constexpr std::size_t kLongestDatagram = 2048;

  void add_guest();
  bool is_joined(const sockaddr_in& server) const;

  int epoll_ = -1;
  std::vector<int> sockets_;
  std::vector<sockaddr_in> joined_;
  std::array<epoll_event, kReadyBatch> ready_{};
  std::size_t ready_count_ = 0;
  std::size_t next_ready_ = 0;
  std::array<std::array<char, kLongestDatagram>, kReceiveBatch> slots_{};
  std::array<iovec, kReceiveBatch> parts_{};
  std::array<sockaddr_in, kReceiveBatch> senders_{};
  std::array<mmsghdr, kReceiveBatch> headers_{};
  std::array<std::string_view, kReceiveBatch> datagrams_;
};

}  // namespace palabre::bench
