#include "fanout_crowd.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "fanout_line.h"

namespace palabre::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kAdmissionTimeout{2};
constexpr std::size_t kHellosAtOnce = 32;
constexpr int kReceiveBufferBytes = 4 << 20;

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void allow_descriptors(std::size_t descriptors) {
  rlimit limit{};
  require(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
  if (limit.rlim_cur >= descriptors) return;
  if (limit.rlim_max < descriptors) {
    throw std::runtime_error(
        fmt::format("{} open files are needed and {} allowed; raise the limit with ulimit -Hn, or "
                    "ask for fewer guests.",
                    descriptors, limit.rlim_max));
  }
  limit.rlim_cur = descriptors;
  require(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
}

Crowd::~Crowd() {
  for (const int descriptor : sockets_) close(descriptor);
  if (epoll_ >= 0) close(epoll_);
}

void Crowd::grow_to(std::size_t size) {
  if (epoll_ < 0) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    require(epoll_ >= 0, "epoll_create1");
    for (std::size_t slot = 0; slot < kReceiveBatch; ++slot) {
      parts_[slot] = {slots_[slot].data(), slots_[slot].size()};
      headers_[slot].msg_hdr.msg_name = &senders_[slot];
      headers_[slot].msg_hdr.msg_namelen = sizeof senders_[slot];  // all are IPv4, so it stays
      headers_[slot].msg_hdr.msg_iov = &parts_[slot];
      headers_[slot].msg_hdr.msg_iovlen = 1;
    }
  }
  while (sockets_.size() < size) add_guest();
}

void Crowd::add_guest() {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  require(descriptor >= 0, "socket");
  sockets_.push_back(descriptor);
  // Exceeding rmem_max needs a capability. The loads fit the default buffer; the larger one covers
  // moments when another process has the processor.
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof(int)) != 0) {
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof(int));
  }
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(bind(descriptor, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0, "bind");
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.u64 = sockets_.size() - 1;
  require(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &interest) == 0, "epoll_ctl");
}

void Crowd::join(const sockaddr_in& server, std::size_t first) {
  if (!is_joined(server)) joined_.push_back(server);
  std::size_t said_hello = first;
  std::size_t welcomed = first;
  auto give_up_at = steady_clock::now() + kAdmissionTimeout;
  while (welcomed < size()) {
    while (said_hello < std::min(size(), welcomed + kHellosAtOnce)) {
      send(said_hello++, server, kHello);
    }
    const Received received = receive();
    for (const std::string_view datagram : received.datagrams) {
      if (*received.guest >= first && datagram.starts_with(kNoticeMark)) ++welcomed;
    }
    if (received.guest) {
      give_up_at = steady_clock::now() + kAdmissionTimeout;
    } else if (steady_clock::now() > give_up_at) {
      throw std::runtime_error(
          fmt::format("Only {} of {} guests were welcomed.", welcomed, size()));
    } else {
      std::this_thread::yield();
    }
  }
}

void Crowd::send(std::size_t guest, const sockaddr_in& server, std::string_view datagram) const {
  // A datagram that is not sent is reported missing at its receiver.
  sendto(sockets_[guest], datagram.data(), datagram.size(), 0,
         reinterpret_cast<const sockaddr*>(&server), sizeof server);
}

Crowd::Received Crowd::receive() {
  if (next_ready_ == ready_count_) {
    const int count = epoll_wait(epoll_, ready_.data(), static_cast<int>(ready_.size()), 0);
    ready_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    next_ready_ = 0;
    if (ready_count_ == 0) return {};
  }
  const std::size_t guest = ready_[next_ready_++].data.u64;
  const int count = recvmmsg(sockets_[guest], headers_.data(), kReceiveBatch, 0, nullptr);
  std::size_t kept = 0;
  for (int slot = 0; slot < count; ++slot) {
    const auto at = static_cast<std::size_t>(slot);
    if (!is_joined(senders_[at])) continue;
    datagrams_[kept++] = {slots_[at].data(), headers_[at].msg_len};
  }
  return {guest, {datagrams_.data(), kept}};
}

bool Crowd::is_joined(const sockaddr_in& server) const {
  return std::any_of(joined_.begin(), joined_.end(), [&](const sockaddr_in& one) {
    return one.sin_port == server.sin_port && one.sin_addr.s_addr == server.sin_addr.s_addr;
  });
}

}  // namespace palabre::bench
