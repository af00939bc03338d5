#include "app/control/control_service.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <chrono>
#include <utility>

#include "base/base64.h"
#include "wire/invite.h"
#include "wire/orders.h"

namespace palabre::app {

std::unique_ptr<ControlSocket> open_control(const std::filesystem::path& path,
                                            spdlog::logger& log) {
  const auto at = path.empty() ? default_control_path() : std::optional(path);
  if (!at) {
    log.info(
        "no control socket: there is no XDG_RUNTIME_DIR to put it in; --control PATH opens it");
    return nullptr;
  }
  auto socket = ControlSocket::open(*at);
  if (!socket) {
    log.warn("no control socket: {}; --control PATH opens it elsewhere", socket.error().sentence);
    return nullptr;
  }
  log.info("control socket at {}", at->string());
  return *std::move(socket);
}

std::string log_words(const chat::Noted& noted) {
  using What = chat::Noted::What;
  if (noted.decision) {
    const auto& decision = *noted.decision;
    return fmt::format("operator {}{}: {}{}{}", noted.nick,
                       noted.what == What::kTookBack ? " takes back" : "",
                       wire::in_words(decision.act, noted.whom),
                       noted.room.text.empty() ? "" : " in " + noted.room.text,
                       decision.why.empty() ? "" : ": " + decision.why);
  }
  const std::string what =
      noted.what == What::kNewMember ? "new member"
      : noted.what == What::kRenamed
          ? "a member goes by another nickname"
          : fmt::format("let into {} by invite {}", noted.room.text, wire::invite_id(noted.invite));
  return fmt::format(
      "{}: {}, key {}{}", what, noted.nick.empty() ? "without a nickname" : noted.nick,
      to_base64(noted.key.bytes), noted.address.empty() ? "" : ", from " + noted.address);
}

ControlService::ControlService(boost::asio::io_context& io, const ControlSocket* control,
                               const Parts& parts)
    : parts_(parts) {
  if (control == nullptr) return;
  listener_.emplace(io, *control,
                    [this](const server::ControlRequest& request,
                           server::OperatorsDoor::Done done) { answer(request, std::move(done)); });
}

void ControlService::stop() {
  parts_.door.stop();
  if (listener_) listener_->stop();
}

void ControlService::answer(const server::ControlRequest& request,
                            server::OperatorsDoor::Done done) {
  const std::string counts = counts_table(parts_.counted);
  const Instant now = std::chrono::steady_clock::now();
  parts_.door.ask(request, counts, now,
                  [this, request, done = std::move(done)](const server::ControlAnswer& answer) {
                    note(request, answer);
                    done(answer);
                  });
  parts_.house.settle(now);
  parts_.driver.follow_up();
}

void ControlService::note(const server::ControlRequest& request,
                          const server::ControlAnswer& answer) {
  using What = server::ControlRequest::What;
  const bool only_asks = request.what == What::kWho || request.what == What::kStats ||
                         request.what == What::kMembers || request.what == What::kRooms ||
                         request.line == "decisions" || request.line.starts_with("operators");
  if (only_asks || answer.exit_code != EX_OK) return;
  // The link is a secret: it is left out of the log.
  const bool is_invite = request.what == What::kInvite;
  parts_.log.info("operator: {}",
                  is_invite ? answer.text.substr(answer.text.find('\n') + 1) : answer.text);
}

}  // namespace palabre::app
