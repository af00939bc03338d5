#include "quic_redis.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "link/quic/certificate.h"
#include "quic_open_loop.h"

namespace palabre::bench {
namespace {

using std::chrono::steady_clock;

constexpr const char* kProgram = "/usr/bin/redis-server";
constexpr std::chrono::seconds kRedisTimeout{20};
constexpr std::string_view kMark = "$7\r\nmessage\r\n";  // once in each delivery to a subscriber

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof at;
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&at), length) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &length) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("There is no free port for Redis.");
  return ntohs(at.sin_port);
}

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

class Redis::Peer {
 public:
  Peer(gnutls_certificate_credentials_t credentials, std::uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto latest = steady_clock::now() + kRedisTimeout;
    while (::connect(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) {
      if (steady_clock::now() > latest) throw std::runtime_error("Redis does not answer.");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    gnutls_init(&session_, GNUTLS_CLIENT);
    gnutls_set_default_priority(session_);
    gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_int(session_, socket_);
    if (gnutls_handshake(session_) < 0) throw std::runtime_error("Redis refuses the handshake.");
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  }
  ~Peer() {
    gnutls_deinit(session_);
    ::close(socket_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  int descriptor() const { return socket_; }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = gnutls_record_send(session_, bytes.data(), bytes.size());
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && gnutls_error_is_fatal(static_cast<int>(sent)) != 0) {
        throw std::runtime_error("Redis hangs up.");
      }
    }
  }
  /// How many times `what` was received since the last call.
  std::size_t read(std::string_view what) {
    std::size_t count = 0;
    std::array<char, 16384> buffer{};
    for (;;) {
      const ssize_t got = gnutls_record_recv(session_, buffer.data(), buffer.size());
      if (got <= 0) return count;
      rest_.append(buffer.data(), static_cast<std::size_t>(got));
      std::size_t after = 0;
      for (auto at = rest_.find(what); at != std::string::npos; at = rest_.find(what, after)) {
        ++count;
        after = at + what.size();
      }
      rest_.erase(0, std::max(after, rest_.size() - std::min(rest_.size(), what.size() - 1)));
    }
  }

 private:
  int socket_ = -1;
  gnutls_session_t session_ = nullptr;
  std::string rest_;  ///< the end of the input, which may hold the beginning of a match
};

bool Redis::is_here() { return std::filesystem::exists(kProgram); }

Redis::Redis(std::size_t subscribers) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  start();
  gnutls_certificate_allocate_credentials(&credentials_);
  for (std::size_t i = 0; i <= subscribers; ++i) {
    peers_.push_back(std::make_unique<Peer>(credentials_, port_));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = peers_.back().get();
    epoll_ctl(epoll_, EPOLL_CTL_ADD, peers_.back()->descriptor(), &event);
    if (i == 0) continue;
    peers_.back()->send("SUBSCRIBE lobby\r\n");
    const auto latest = steady_clock::now() + kRedisTimeout;
    while (peers_.back()->read("$9\r\nsubscribe\r\n") == 0) {
      if (steady_clock::now() > latest) throw std::runtime_error("Redis does not subscribe.");
    }
  }
}

void Redis::start() {
  std::string name = std::filesystem::temp_directory_path() / "palabre-bench-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("There is no folder for Redis.");
  folder_ = name;
  const link::Certificate certificate = link::Certificate::ephemeral();
  write(folder_ + "/key", certificate.key_pem);
  write(folder_ + "/crt", certificate.certificate_pem);
  port_ = free_port();
  server_ = std::make_unique<ServerProcess>(std::vector<std::string>{
      "/bin/sh", "-c",
      fmt::format("echo 'UDP port {0} '; exec {1} --port 0 --tls-port {0} --bind 127.0.0.1 "
                  "--tls-cert-file {2}/crt --tls-key-file {2}/key --tls-ca-cert-file {2}/crt "
                  "--tls-auth-clients no --save '' --appendonly no --dir {2} --maxclients 5000 "
                  "--client-output-buffer-limit 'pubsub 0 0 0' > {2}/log",
                  port_, kProgram, folder_)});
}

Redis::~Redis() {
  peers_.clear();
  server_.reset();
  if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
  ::close(epoll_);
  std::filesystem::remove_all(folder_);
}

void Redis::turn() {
  const int ready = epoll_wait(epoll_, ready_.data(), static_cast<int>(ready_.size()), 0);
  for (int i = 0; i < ready; ++i) {
    delivered_ += static_cast<Peer*>(ready_.at(static_cast<std::size_t>(i)).data.ptr)->read(kMark);
  }
}

std::vector<std::chrono::nanoseconds> Redis::run_open(std::size_t messages,
                                                      std::chrono::nanoseconds interval) {
  const std::string publish = "PUBLISH lobby " + std::string(100, 'x') + "\r\n";
  return run_open_loop(
      messages, interval, [&] { peers_.front()->send(publish); }, [this] { turn(); }, delivered_);
}

Outcome Redis::run_closed(std::size_t messages, std::size_t window) {
  const std::string publish = "PUBLISH lobby " + std::string(100, 'x') + "\r\n";
  const std::size_t readers = peers_.size() - 1;
  const std::size_t before = delivered_;
  const auto cpu = server_->cpu_time();
  const auto began = steady_clock::now();
  const auto latest = began + kRedisTimeout;
  std::size_t posted = 0;
  std::size_t done = 0;
  while (done < messages && steady_clock::now() < latest) {
    std::string batch;
    for (; posted < std::min(done + window, messages); ++posted) batch += publish;
    peers_.front()->send(batch);
    turn();
    done = (delivered_ - before) / readers;
  }
  Outcome outcome;
  outcome.deliveries = delivered_ - before;
  outcome.lost = messages * readers - outcome.deliveries;
  outcome.cpu = server_->cpu_time() - cpu;
  outcome.wall = steady_clock::now() - began;
  return outcome;
}

}  // namespace palabre::bench
