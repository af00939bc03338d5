#include "app/member/client_commands.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "app/member/link_file.h"
#include "app/member/send.h"
#include "app/member/tail.h"
#include "app/moment.h"
#include "base/clock.h"
#include "client/chat/chat.h"
#include "wire/clean.h"
#include "wire/names.h"
#include "wire/text.h"

namespace palabre::app {
namespace {

constexpr const char* kTargetHelp =
    "HOST[:PORT][/ROOM], /ROOM on the usual host, an invite link, or - to read that from standard "
    "input, where no other process sees it (default: /lobby)";

constexpr std::string_view kTwoPlaces = "--link-file and TARGET exclude each other; give one.";

Unexpected<Error> usage(std::string sentence) { return fail(Error{EX_USAGE, std::move(sentence)}); }

}  // namespace

ClientCommands::ClientCommands(CLI::App& palabre) {
  CLI::App* chat = add(palabre, What::kChat, "chat", "Talk, as a member");
  chat->add_option("TARGET", target_, kTargetHelp)->type_name("");
  chat->add_flag("--plain", plain_, "No colours, nothing redrawn: for screen readers and pipes");
  chat->footer("Example:\n  palabre chat chat.example/ops");

  CLI::App* send =
      add(palabre, What::kSend, "send", "Post messages, and wait until they are stored");
  send->add_option("TARGET", target_, kTargetHelp)->type_name("");
  send->add_option("TEXT", text_, "The message (default: standard input, a line a message)")
      ->type_name("");
  send->add_flag("--multiline", multiline_, "Standard input is one message");
  send->add_flag("--kept", kept_, "Fail if the room stores no messages");
  send->footer(
      "Exit code: 0 all messages are stored; 65 some were refused; 68 no such host; 69 no server "
      "there; 74 the input cannot be read; 75 no answer, try again; 77 not allowed.\n"
      "Example:\n  make 2>&1 | palabre send /ops");

  CLI::App* tail = add(palabre, What::kTail, "tail", "Print what is said in a room");
  tail->add_option("TARGET", target_, kTargetHelp)->type_name("");
  tail->add_option("--from", from_, "From this number on (default: the last 20)")
      ->type_name("NUMBER");
  tail->add_option("--since", since_, "From this moment on: 2h (ago), 2026-11-23, 2026-11-23T10:30")
      ->type_name("TIME");
  tail->add_flag("--json", json_, "One line of JSON per message");
  tail->add_flag("--follow", follow_, "Print new messages as they come");
  tail->footer("Example:\n  palabre tail /ops --follow --json | jq .text");

  for (CLI::App* command : {send, tail}) {
    command->add_flag("--wait", wait_, "Wait for a server that cannot be reached");
    command->add_option("--timeout", timeout_seconds_, "Give up after so long (default: 30)")
        ->type_name("SECONDS")
        ->check(CLI::Range(1, 86'400));
  }
}

CLI::App* ClientCommands::add(CLI::App& palabre, What what, const char* name, const char* about) {
  CLI::App* command = palabre.add_subcommand(name, about);
  command->add_option("--nick", nick_, "The nickname to ask for (default: your account's name)")
      ->type_name("NAME");
  command->add_option("--link-file", link_file_, "Read the link from this file, its first line")
      ->type_name("FILE");
  command->add_option("--pin", pin_, "The pin that the server must have")->type_name("PIN");
  command->add_flag("--strict", strict_, "Refuse an unknown server whose pin is not given");
  command->callback([this, what] { what_ = what; });
  return command;
}

Result<void> ClientCommands::run(Output& output) const {
  TRY(const auto config, usual_client_config());
  if (nick_ && !wire::parse_nick(*nick_)) {
    return usage(
        fmt::format("{} can be no nickname: at most 24 letters and digits, with - _ . "
                    "after the first.",
                    *nick_));
  }
  TRY(const auto target, this->target(config));
  if (!link_file_.empty() && !target_.empty() && what_ != What::kSend) {
    return usage(std::string(kTwoPlaces));
  }
  switch (*what_) {
    case What::kChat:
      return chat(config, target);
    case What::kSend:
      return send(target, nicks(config), output);
    case What::kTail:
      return tail(target, nicks(config), output);
  }
  return {};
}

Result<wire::Target> ClientCommands::target(const ClientConfig& config) const {
  std::string text = target_;
  if (!link_file_.empty()) {
    TRY(text, read_link(link_file_));
  } else if (text.empty() && what_ != What::kChat) {
    return usage("No target was given: write a TARGET, or --link-file FILE.");
  } else if (text == "-") {
    TRY(text, read_link(STDIN_FILENO, "standard input"));
  }
  TRY(auto target, wire::parse_target(text, config.host));
  if (pin_.empty()) return target;
  const auto pin = parse_pin(pin_);
  if (!pin)
    return usage("--pin is no pin; it has 43 letters and digits, as palabre serve logs it.");
  if (target.pin && target.pin != pin) return usage("--pin and the link name different pins.");
  target.pin = pin;
  return target;
}

/// A nickname given by --nick is the only one to ask for; none is tried in its place.
client::Nicks ClientCommands::nicks(const ClientConfig& config) const {
  if (nick_) return {{*nick_}, true};
  return {config.nick ? std::vector{*config.nick} : usual_nicks()};
}

Result<void> ClientCommands::chat(const ClientConfig& config, const wire::Target& target) const {
  return client::chat({target, nicks(config), config.colour, plain_ || config.plain, strict_});
}

ErrandOptions ClientCommands::errand(const wire::Target& target, client::Nicks nicks) const {
  return {target, std::move(nicks), wait_, std::chrono::seconds(timeout_seconds_), strict_};
}

Result<void> ClientCommands::send(const wire::Target& target, client::Nicks nicks,
                                  Output& output) const {
  // With --link-file, a single positional argument is the TEXT.
  const bool is_text_alone = !link_file_.empty() && !target_.empty();
  if (is_text_alone && text_) return usage(std::string(kTwoPlaces));
  const auto text = is_text_alone ? std::optional(target_) : text_;
  if (text && multiline_) {
    return usage("--multiline is for standard input; a TEXT is one message.");
  }
  if (text && wire::clean_line(*text).empty()) {
    return usage(
        "The text is empty, so there is nothing to send; leave it out to read "
        "standard input.");
  }
  return app::send({errand(target, std::move(nicks)), text, multiline_, kept_}, output);
}

Result<void> ClientCommands::tail(const wire::Target& target, client::Nicks nicks,
                                  Output& output) const {
  TailOptions options{errand(target, std::move(nicks)), std::nullopt, std::nullopt, json_, follow_};
  if (from_ && !since_.empty()) return usage("--from and --since exclude each other; give one.");
  if (from_) {
    options.from = wire::parse_message_number(*from_);
    if (!options.from) {
      return usage(fmt::format("--from {} is no message's number; write 1 or more.", *from_));
    }
  }
  if (!since_.empty()) {
    const auto moment = parse_moment(since_, wall_clock_now().microseconds);
    if (!moment) {
      return usage(
          fmt::format("--since {} is no time; write 2h, 2026-11-23 or 2026-11-23T10:30.", since_));
    }
    options.since = WallTime{*moment};
  }
  return app::tail(options, output);
}

}  // namespace palabre::app
