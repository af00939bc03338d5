#include "client/lookup.h"

#include <netdb.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace palabre::client {

/// Shared with the thread that resolves.
struct Lookup::Question {
  using Work = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  std::mutex mutex;
  std::optional<Work> loop;                        // nothing: cancelled, and the loop may be gone
  std::function<void(const Addresses&)> on_found;  // only the loop's thread uses it
};

Lookup::Lookup(boost::asio::io_context& io, Ask ask) : io_(io), ask_(std::move(ask)) {}

Lookup::~Lookup() { cancel(); }

void Lookup::cancel() {
  const auto question = std::exchange(question_, nullptr);
  if (!question) return;
  const std::lock_guard lock(question->mutex);
  question->loop.reset();
  question->on_found = nullptr;
}

void Lookup::start(std::string host, std::uint16_t port,
                   std::function<void(const Addresses&)> on_found) {
  const auto question = std::make_shared<Question>();
  question->loop.emplace(io_.get_executor());
  question->on_found = std::move(on_found);
  cancel();  // only now: without any work the loop would stop
  question_ = question;
  std::thread([question, ask = ask_, host = std::move(host), port] {
    Addresses found = ask(host, port);
    const std::lock_guard lock(question->mutex);
    if (!question->loop) return;
    boost::asio::post(question->loop->get_executor(), [question, found = std::move(found)] {
      if (question->on_found) std::exchange(question->on_found, nullptr)(found);
    });
    question->loop.reset();
  }).detach();
}

Lookup::Addresses Lookup::ask_system(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0) return {};
  Addresses addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (one->ai_family == AF_INET) {
      addresses.emplace_back(*reinterpret_cast<const sockaddr_in*>(one->ai_addr));
    } else if (one->ai_family == AF_INET6) {
      addresses.emplace_back(*reinterpret_cast<const sockaddr_in6*>(one->ai_addr));
    }
  }
  ::freeaddrinfo(found);
  return addresses;
}

}  // namespace palabre::client
