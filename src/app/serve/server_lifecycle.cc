#include "app/serve/server_lifecycle.h"

#include <fmt/format.h>

#include <csignal>
#include <string_view>
#include <utility>

#include "app/host/links.h"
#include "app/host/service_manager.h"
#include "base/base64.h"
#include "chat/history.h"
#include "chat/names.h"
#include "chat/registry.h"

namespace palabre::app {
namespace {

using boost::system::error_code;

constexpr auto kLinksEvery = std::chrono::seconds(10);
constexpr auto kRefusalsEvery = std::chrono::seconds(10);
constexpr auto kGoodbyePatience = std::chrono::milliseconds(500);
constexpr auto kGoodbyeLook = std::chrono::milliseconds(5);

bool is_heard(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN;
}

const char* reason_for(int signal) {
  switch (signal) {
    case SIGINT:
      return "interrupted";
    case SIGHUP:
      return "its terminal is gone";
    default:
      return "asked to end";
  }
}

std::string_view reason_for(chat::Trouble trouble) {
  switch (trouble) {
    case chat::Trouble::kDiskFull:
      return "the disk is full, or a quota or ulimit -f is reached; make room";
    case chat::Trouble::kDiskFailing:
      return "the disk reports errors; check it";
    case chat::Trouble::kLocked:
      return "another program has locked palabre.db; end it";
    case chat::Trouble::kTooManyRooms:
      return "no more rooms can be kept";
    case chat::Trouble::kTooMuchWaits:
      return "the disk is too slow for the messages that come in";
    case chat::Trouble::kRoomFull:
      return "a room is full, and its author has the largest share of it";
    case chat::Trouble::kAllFull:
      return "the total of [keep] is reached, or little of the disk is free";
    case chat::Trouble::kDamagedId:  // these concern one message, or the registry
    case chat::Trouble::kAfterAnother:
    case chat::Trouble::kBarred:
    case chat::Trouble::kNotReadBack:
    case chat::Trouble::kDamagedRegistry:
    case chat::Trouble::kRegistryFull:
      break;
  }
  return "an earlier message was refused";
}

}  // namespace

ServerLifecycle::ServerLifecycle(boost::asio::io_context& io, const Parts& parts)
    : parts_(parts),
      endings_(io, SIGINT, SIGTERM),
      questions_(io, SIGUSR1),
      timer_(io),
      pulse_(io) {
  if (is_heard(SIGHUP)) endings_.add(SIGHUP);  // nohup ignores SIGHUP, so the server does too
  endings_.async_wait([this](const error_code& error, int signal) {
    if (error || ending_) return;
    parts_.log.info("closing: {}", reason_for(signal));
    close();
  });
  count_when_asked();
  look_around();
  if (const auto pace = watchdog_pace()) live(*pace);
}

void ServerLifecycle::hear_history() {
  parts_.house.on_history(Clock::now());
  parts_.driver.follow_up();
  tell_of_refusals();
  tell_of_fill();
  tell_of_registry();
  const auto failure = parts_.histories.failure();
  if (!failure || ending_) return;
  parts_.log.error("closing: {}", failure->sentence);
  close();
}

void ServerLifecycle::close() {
  ending_ = true;
  tell_stopping();
  parts_.operators.stop();
  say_goodbye_by(Clock::now() + kGoodbyePatience);
}

/// Logs a refusal of messages once in `kRefusalsEvery` at most, however often it begins and ends.
void ServerLifecycle::tell_of_refusals() {
  const auto refusals = parts_.histories.refusals();
  const auto now = Clock::now();
  const bool is_pause = told_of_refusals_ && now - *told_of_refusals_ < kRefusalsEvery;
  if (!are_refused_ && refusals.messages > refused_before_ && !is_pause) {
    parts_.log.error("messages are refused: {}", reason_for(refusals.last));
    are_refused_ = true;
    told_of_refusals_ = now;
  }
  if (!refusals.are_over) return;
  if (std::exchange(are_refused_, false)) {
    parts_.log.info("messages are kept again; refused: {}", refusals.messages - refused_before_);
  }
  refused_before_ = refusals.messages;
}

/// Logs that the store is full, or nearly, once each time that it comes to be.
void ServerLifecycle::tell_of_fill() {
  const auto fill = parts_.histories.fill();
  if (fill.is_disk_short && !told_of_disk_) {
    parts_.log.warn(
        "the disk has little free space: messages of strangers are refused; make room, "
        "or lower free in [keep]");
  }
  told_of_disk_ = fill.is_disk_short;
  if (!fill.total) return;
  if (const auto percent = fills_.look("total", fill.used, *fill.total)) {
    parts_.log.warn(
        "{} % of the total of [keep] is used: {} of {} MiB{}", *percent, fill.used >> 20,
        *fill.total >> 20,
        *percent == 100 ? "; the largest authors are refused, or lose their oldest messages" : "");
  }
}

/// The same of the tables that all share.
void ServerLifecycle::tell_of_tables() {
  for (const chat::Fill& one : parts_.house.fills()) {
    if (const auto percent = fills_.look(std::string(one.what), one.used, one.limit)) {
      parts_.log.warn("{} % of the {} that there may be are there: {} of {}", *percent, one.what,
                      one.used, one.limit);
    }
  }
}

/// Says goodbye once all posts are answered, at `latest` in any case.
void ServerLifecycle::say_goodbye_by(Clock::time_point latest) {
  if (parts_.histories.is_awaited() && Clock::now() < latest) {
    timer_.expires_after(kGoodbyeLook);
    timer_.async_wait([this, latest](const error_code&) { say_goodbye_by(latest); });
    return;
  }
  parts_.house.close(Clock::now());
  parts_.driver.follow_up();
  leave_by(Clock::now() + kGoodbyePatience);
}

/// Leaves once the goodbyes are sent, at `latest` in any case.
void ServerLifecycle::leave_by(Clock::time_point latest) {
  if (parts_.house.wants_to_write() && Clock::now() < latest) {
    timer_.expires_after(kGoodbyeLook);
    timer_.async_wait([this, latest](const error_code&) { leave_by(latest); });
    return;
  }
  parts_.driver.stop();
  parts_.neighbours.stop();
  endings_.cancel();
  questions_.cancel();
  timer_.cancel();
  pulse_.cancel();
  log_counts();
}

void ServerLifecycle::count_when_asked() {
  questions_.async_wait([this](const error_code& error, int) {
    if (error || ending_) return;
    log_counts();
    count_when_asked();
  });
}

void ServerLifecycle::log_counts() { parts_.log.info("{}", counts_table(parts_.counted)); }

/// Reports damaged registry records, once: only an operator can decide about them.
void ServerLifecycle::tell_of_registry() {
  const server::RegistryLog& registry_log = parts_.house.registry_log();
  if (!registry_log.is_ready() || std::exchange(told_of_registry_, true)) return;
  tell_of_records();
  if (registry_log.unreadable() == 0) return;
  const auto what = fmt::format(
      "{}, the first is number {} of {}: a member may have lost its nickname",
      registry_log.unreadable() == 1
          ? "1 registry record is unreadable"
          : fmt::format("{} registry records are unreadable", registry_log.unreadable()),
      registry_log.first_unreadable().value, chat::kRegistryRoom);
  if (registry_log.is_trusted()) return parts_.log.warn("{}; accepted by the configuration", what);
  parts_.log.error(
      "{}. No nickname is given to a member until the file is restored from a backup, or "
      "unreadable = {} stands in [members] of the configuration",
      what, registry_log.unreadable());
}

/// Warns of records that could not be applied, or only in part.
void ServerLifecycle::tell_of_records() {
  const chat::Registry& registry = parts_.house.registry();
  for (const auto& [bound, other, is_lost] : registry.disputes()) {
    parts_.log.warn(
        "in this version {}, a nickname of member {}, counts as equal to a nickname of "
        "member {}: {}",
        bound.nick.shown, to_base64(bound.key.bytes), to_base64(other.bytes),
        is_lost ? "it now belongs to the second member alone" : "each keeps its own");
  }
  if (registry.idle_admissions() > 0) {
    parts_.log.warn("{} admission records were ignored: their invites do not exist or were used up",
                    registry.idle_admissions());
  }
}

/// Reads the on-link networks again: addresses change while a server runs.
void ServerLifecycle::look_around() {
  if (ending_) return;
  tell_of_tables();
  if (auto links = links_of_this_machine()) {
    parts_.gate.set_links(*std::move(links));
  } else if (!std::exchange(told_of_links_, true)) {
    parts_.log.warn("the list of local networks stays as it was (said once): {}",
                    links.error().sentence);
  }
  if (parts_.gate.has_turned_public_away() && !std::exchange(told_of_public_, true)) {
    parts_.log.warn(
        "a guest from a public address was not admitted; --guests all admits guests who send "
        "back a code, [guard] trusted admits those of a network (said once)");
  }
  if (parts_.gate.members_turned_away() > 0 && !std::exchange(told_of_members_, true)) {
    parts_.log.warn(
        "a member from a public address was not admitted; --members all admits members from "
        "everywhere, [guard] trusted those of a network (said once)");
  }
  timer_.expires_after(kLinksEvery);
  timer_.async_wait([this](const error_code& error) {
    if (!error) look_around();
  });
}

/// Called from the event loop itself: the watchdog then sees that guests are being served.
void ServerLifecycle::live(std::chrono::microseconds pace) {
  if (ending_) return;
  tell_alive();
  pulse_.expires_after(pace);
  pulse_.async_wait([this, pace](const error_code& error) {
    if (!error) live(pace);
  });
}

}  // namespace palabre::app
