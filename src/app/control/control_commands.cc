#include "app/control/control_commands.h"

#include <fmt/format.h>
#include <sysexits.h>

#include "app/control/control_client.h"
#include "base/fail.h"
#include "wire/invite.h"
#include "wire/link_uri.h"

namespace palabre::app {
namespace {

constexpr const char* kGuest =
    "A guest: [IP:PORT] as palabre who shows it, or a nickname with or without its star";

constexpr std::string_view kExpires = "--expires";

/// The id of an invite, as the server knows it: `text` is the id itself, or the invite's link.
Result<std::string> invite_id_of(const std::string& text) {
  if (wire::parse_invite_id(text)) return text;
  const auto target = wire::parse_target(text, {});
  const auto token =
      target && target->invite ? wire::parse_invite_token(*target->invite) : std::nullopt;
  if (!token) {
    return fail(EX_USAGE,
                "That names no invite: give its link, or the 12 digits and letters that palabre "
                "invite printed with it.");
  }
  return wire::invite_id(wire::hash_of(*token));
}

}  // namespace

ControlCommands::ControlCommands(CLI::App& palabre) {
  CLI::App* who = add(palabre, What::kWho, "who", "Who is online, where, and silent for how long");
  who->add_option("ROOM", request_.target, "Only people in this room")->type_name("");
  who->footer("Example: who is in the room ops\n  palabre who ops");

  CLI::App* kick = add(palabre, What::kKick, "kick", "Disconnect a guest; it may come back");
  add_target(kick, kGuest);
  kick->footer("Example:\n  palabre kick awa");

  CLI::App* mute = add(palabre, What::kMute, "mute", "Let a guest read but not write");
  add_target(mute, kGuest);
  add_time(mute);
  mute->footer(
      "It holds for the guest's address and port, also when it leaves and comes back; --for 1s "
      "ends it.\nExample:\n  palabre mute '[192.168.52.7:40000]' --for 1h");

  CLI::App* ban = add(palabre, What::kBan, "ban",
                      "Keep an IP address out, and disconnect who is online from it");
  add_target(ban, "An IP address, or a guest: its address is banned, with everybody behind it");
  add_time(ban);
  ban->footer("Example: for two hours\n  palabre ban 192.168.52.7 --for 2h");

  CLI::App* unban = add(palabre, What::kUnban, "unban", "Let a banned IP address in again");
  add_target(unban, "An IP address, as palabre stats lists those that are banned");
  unban->footer("Example:\n  palabre unban 192.168.52.7");

  CLI::App* freeze = add(palabre, What::kFreeze, "freeze", "Make a room read-only");
  freeze->add_option("ROOM", request_.target, "The room")->type_name("")->required();
  freeze->add_flag("--off", off_, "Make the room writable again");
  freeze->footer(
      "It holds until --off, also where nobody is in the room, and after a restart.\n"
      "Example: quiet in the lobby, then no more\n  palabre freeze lobby\n"
      "  palabre freeze lobby --off");

  add_invite(palabre);
  add_revoke(palabre);

  CLI::App* stats = add(palabre, What::kStats, "stats",
                        "Show counters of datagrams, guests, rooms, and the bans");
  stats->footer("Example:\n  palabre stats");
}

CLI::App* ControlCommands::add(CLI::App& palabre, What what, const char* name, const char* about) {
  CLI::App* command = palabre.add_subcommand(name, about);
  command
      ->add_option("--control", control_,
                   "The control socket of the server (default: the one at the usual place)")
      ->type_name("PATH");
  command->callback([this, what] {
    given_ = true;
    request_.what = what;
  });
  return command;
}

void ControlCommands::add_target(CLI::App* command, const char* about) {
  command->add_option("TARGET", request_.target, about)->type_name("")->required();
}

void ControlCommands::add_time(CLI::App* command) {
  command->add_option("--for", time_, "How long: 30s, 10m, 2h, 1d, at most 365d (default: 10m)")
      ->type_name("TIME");
}

void ControlCommands::add_invite(CLI::App& palabre) {
  CLI::App* invite =
      add(palabre, What::kInvite, "invite", "Make a link that lets a member into a room");
  invite->add_option("ROOM", request_.target, "The room")->type_name("")->required();
  invite
      ->add_option(std::string(kExpires), expires_,
                   "How long it is valid: 30m, 12h, 7d, at most 365d, or never (default: 7d)")
      ->type_name("TIME");
  request_.uses = 1;
  invite->add_option("--uses", request_.uses, "How many members may use it, each once (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(std::uint32_t{1}, server::kMostUses));
  invite
      ->add_option("--host", request_.host,
                   "Where others reach the server (default: its first address, its port)")
      ->type_name("HOST[:PORT]");
  invite->footer(
      "Anybody who has the link can use it: keep it secret. If it cannot be printed, it is "
      "revoked.\n"
      "Example: for a team of five, until tomorrow\n"
      "  palabre invite ops --expires 1d --uses 5 --host chat.example");
}

void ControlCommands::add_revoke(CLI::App& palabre) {
  CLI::App* revoke = add(palabre, What::kRevoke, "revoke", "Revoke an invite");
  add_target(revoke, "The invite, as palabre invite and the server's log call it, or its link");
  revoke->footer(
      "It admits nobody else; members that it has admitted stay.\n"
      "Example:\n  palabre revoke 6fd0c1a2b3e4");
}

Result<std::chrono::seconds> ControlCommands::read_time(std::string_view option,
                                                        const std::string& text) {
  if (const auto time = server::parse_time(text)) return *time;
  return fail(
      Error{EX_USAGE, fmt::format("{} {} is no time; write 30s, 10m, 2h or 1d, from 1s to 365d{}.",
                                  option, text, option == kExpires ? ", or never" : "")});
}

Result<void> ControlCommands::run(Output& output) const {
  server::ControlRequest request = request_;
  if (request.what == What::kFreeze && off_) request.what = What::kThaw;
  const bool is_invite = request.what == What::kInvite;
  if (request.what == What::kRevoke) {
    TRY(request.target, invite_id_of(request.target));
  }
  if (!is_invite) {
    request.uses = 0;
    request.host.clear();
  }
  if (request.what == What::kMute || request.what == What::kBan ||
      (is_invite && expires_ != "never")) {
    TRY(request.time, is_invite ? read_time(kExpires, expires_) : read_time("--for", time_));
  }
  TRY(const auto answer, ask_server(request, control_));
  if (is_invite) return print_invite(output, answer);
  output.print(answer + "\n");
  return {};
}

Result<void> ControlCommands::print_invite(Output& output, const std::string& answer) const {
  output.print(answer + "\n");
  const auto written = output.finish();
  if (output.flush()) return {};
  // Nobody has read the link, but anybody who finds it could use it.
  const std::string link = answer.substr(0, answer.find('\n'));
  server::ControlRequest request;
  request.what = What::kRevoke;
  TRY(request.target, invite_id_of(link));
  const auto revoked = ask_server(request, control_);
  if (!revoked) {
    return fail(EX_IOERR, "The invite could neither be printed nor be taken back: {}",
                revoked.error().sentence);
  }
  if (written) return {};
  return fail(written.error().exit_code, "{} The invite was taken back.", written.error().sentence);
}

}  // namespace palabre::app
