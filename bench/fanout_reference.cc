#include "fanout_reference.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "fanout_line.h"

namespace palabre::bench {
namespace {

// As in src/net/udp_socket.cc.
constexpr std::size_t kSendBatch = 256;
constexpr int kReceiveBufferBytes = 8 << 20;

constexpr std::string_view kWelcome = "-- in\n";

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

in6_addr mapped_loopback() {
  in6_addr address{};
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &address);
  return address;
}

int open_socket(bool dual_stack) {
  const int descriptor = socket(dual_stack ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  require(descriptor >= 0, "socket");
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof(int)) != 0) {
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof(int));
  }
  if (dual_stack) {
    const int off = 0;
    require(setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0, "V6ONLY");
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6;
    at.sin6_addr = mapped_loopback();
    require(bind(descriptor, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0, "bind");
  } else {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(bind(descriptor, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0, "bind");
  }
  return descriptor;
}

void say_port(int descriptor) {
  sockaddr_storage at{};
  socklen_t length = sizeof at;
  require(getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &length) == 0, "getsockname");
  // Both families have the port in the same place.
  fmt::print("UDP port {}\n", ntohs(reinterpret_cast<const sockaddr_in&>(at).sin_port));
  std::fflush(stdout);
}

struct alignas(cmsghdr) NearAddress {
  std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> bytes{};
  std::size_t length = 0;
};

template <typename Info>
NearAddress note_of(int level, int type, const Info& info, bool padded) {
  NearAddress near;
  const cmsghdr header{CMSG_LEN(sizeof info), level, type};
  std::memcpy(near.bytes.data(), &header, sizeof header);
  std::memcpy(near.bytes.data() + CMSG_LEN(0), &info, sizeof info);
  // With its padding an IPV6_PKTINFO has 40 bytes. Linux has 36 on its stack, and allocates memory
  // for more, for each datagram.
  near.length = padded ? CMSG_SPACE(sizeof info) : CMSG_LEN(sizeof info);
  return near;
}

NearAddress near_of(BareForm form) {
  const bool padded = form.near == BareForm::Near::kSaid;
  if (form.near == BareForm::Near::kUnsaid) return {};
  if (form.dual_stack) {
    return note_of(IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo{mapped_loopback(), 0}, padded);
  }
  in_pktinfo info{};
  info.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK);
  return note_of(IPPROTO_IP, IP_PKTINFO, info, padded);
}

class BareServer {
 public:
  explicit BareServer(BareForm form)
      : descriptor_(open_socket(form.dual_stack)), near_(near_of(form)) {
    std::copy(kLikePrefix.begin(), kLikePrefix.end(), line_.begin());
    say_port(descriptor_);
  }

  [[noreturn]] void serve() {
    guests_.reserve(kMostGuests);  // headers_ points into it
    while (true) {
      sockaddr_storage sender{};
      socklen_t length = sizeof sender;
      // Received in place, behind the line's prefix.
      char* const text = line_.data() + kLikePrefix.size();
      const ssize_t count = recvfrom(descriptor_, text, kTextBytes + 1, 0,
                                     reinterpret_cast<sockaddr*>(&sender), &length);
      if (count < 0) continue;
      const std::string_view said(text, static_cast<std::size_t>(count));
      if (said == kHello) {
        welcome(sender, length);
      } else if (const auto label = read_text(said)) {
        send_all(0, label->author);
        send_all(label->author + 1, headers_.size());
      }
    }
  }

 private:
  static constexpr std::size_t kMostGuests = 8192;

  void welcome(const sockaddr_storage& guest, socklen_t length) {
    if (guests_.size() == kMostGuests) return;
    guests_.push_back(guest);
    mmsghdr& header = headers_.emplace_back();
    header.msg_hdr.msg_name = &guests_.back();
    header.msg_hdr.msg_namelen = length;
    header.msg_hdr.msg_iov = &part_;
    header.msg_hdr.msg_iovlen = 1;
    if (near_.length != 0) {
      header.msg_hdr.msg_control = near_.bytes.data();
      header.msg_hdr.msg_controllen = near_.length;
    }
    sendto(descriptor_, kWelcome.data(), kWelcome.size(), 0,
           reinterpret_cast<const sockaddr*>(&guest), length);
  }

  void send_all(std::size_t first, std::size_t end) {
    while (first < end) {
      const auto batch = static_cast<unsigned>(std::min(kSendBatch, end - first));
      const int sent = sendmmsg(descriptor_, headers_.data() + first, batch, 0);
      if (sent <= 0) return;  // the benchmark reports missing deliveries
      first += static_cast<std::size_t>(sent);
    }
  }

  int descriptor_;
  NearAddress near_;
  std::array<char, kLineBytes> line_{};
  iovec part_{line_.data(), line_.size()};
  std::vector<sockaddr_storage> guests_;
  std::vector<mmsghdr> headers_;
};

std::string name_of(const sockaddr_in& client) {
  std::array<char, INET_ADDRSTRLEN> ip{};
  inet_ntop(AF_INET, &client.sin_addr, ip.data(), ip.size());
  return "[" + std::string(ip.data()) + ":" + std::to_string(ntohs(client.sin_port)) + "]";
}

bool same_client(const sockaddr_in& a, const sockaddr_in& b) {
  return a.sin_addr.s_addr == b.sin_addr.s_addr && a.sin_port == b.sin_port;
}

void send_text(int descriptor, std::string_view text, const sockaddr_in& client) {
  sendto(descriptor, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&client),
         sizeof client);
}

}  // namespace

void serve_bare(BareForm form) { BareServer(form).serve(); }

void serve_as_exercise() {
  const int descriptor = open_socket(false);
  say_port(descriptor);
  std::vector<sockaddr_in> online;
  std::vector<char> datagram(65'536);
  while (true) {
    sockaddr_in sender{};
    socklen_t sender_size = sizeof sender;
    const ssize_t received = recvfrom(descriptor, datagram.data(), datagram.size(), 0,
                                      reinterpret_cast<sockaddr*>(&sender), &sender_size);
    if (received <= 0) continue;
    std::string text(datagram.data(), static_cast<std::size_t>(received));
    if (text.ends_with('\n')) text.pop_back();

    const bool is_online = std::any_of(online.begin(), online.end(), [&](const auto& client) {
      return same_client(client, sender);
    });
    if (!is_online) online.push_back(sender);
    if (text.empty()) {
      send_text(descriptor, kWelcome, sender);
      continue;
    }
    const std::string sender_name = name_of(sender);
    for (const sockaddr_in& client : online) {
      if (same_client(client, sender)) continue;
      // NOLINTNEXTLINE(performance-inefficient-string-concatenation): it is the exercise's way
      send_text(descriptor, sender_name + "> " + text + "\n", client);
    }
  }
}

void serve_as(std::string_view name) {
  using Near = BareForm::Near;
  if (name == "exercise") serve_as_exercise();
  if (name == "bare") serve_bare({});
  if (name == "bare+near") serve_bare({.dual_stack = false, .near = Near::kSaid});
  if (name == "bare6") serve_bare({.dual_stack = true, .near = Near::kUnsaid});
  if (name == "bare6+near") serve_bare({.dual_stack = true, .near = Near::kSaid});
  if (name == "bare6+near36") serve_bare({.dual_stack = true, .near = Near::kSaidUnpadded});
  throw std::invalid_argument(fmt::format("There is no server \"{}\".", name));
}

}  // namespace palabre::bench
