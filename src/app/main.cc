#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "app/control/control_commands.h"
#include "app/host/container.h"
#include "app/member/client_commands.h"
#include "app/member/id_command.h"
#include "app/member/link_file.h"
#include "app/output.h"
#include "app/serve/serve.h"
#include "app/serve/serve_options.h"
#include "app/tools/lab_commands.h"
#include "app/tools/log_commands.h"
#include "base/fail.h"
#include "base/file.h"
#include "wire/clean.h"
#include "wire/link_uri.h"

// The one binary. Turns the command line into options; decides nothing else.

namespace palabre::app {
namespace {

/// A failure to write to standard error is ignored: there is nobody left to tell.
void complain(std::string_view words) {
  std::fputs(fmt::format("palabre: {}\n", words).c_str(), stderr);
}

/// Prints the error on one line, with secrets and control characters masked: it may quote a file or
/// an argument. An empty sentence (an end that the user asked for) prints nothing.
int report(const Error& error) {
  if (error.sentence.empty()) return error.exit_code;
  std::string line = wire::without_secrets(wire::clean(error.sentence).text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  complain(line);
  return error.exit_code;
}

/// 010 means ten: CLI11 would read it as C does, as octal eight.
std::string without_zeros_before(const std::string& number) {
  const bool decimal =
      std::all_of(number.begin(), number.end(), [](char c) { return '0' <= c && c <= '9'; });
  if (!decimal || number.empty()) throw CLI::ValidationError(number + " is no whole number");
  return number.substr(std::min(number.find_first_not_of('0'), number.size() - 1));
}

CLI::App* add_serve(CLI::App& palabre, ServeFlags& flags) {
  CLI::App* serve = palabre.add_subcommand("serve", "Run the server");
  serve->add_option("--bind", flags.bind, "The address to listen on (default: all, IPv4 and IPv6)")
      ->type_name("ADDRESS");
  serve->add_option("--port", flags.port, "The UDP port (default: 5000; 0: any that is free)")
      ->type_name("PORT")
      ->transform(without_zeros_before)
      ->check(CLI::Range(0, 65535));
  serve->add_option("--max-guests", flags.max_guests, "Guests online at once (default: 4096)")
      ->type_name("N")
      ->transform(without_zeros_before)
      ->check(CLI::Range(std::uint32_t{1}, kMostGuests));
  serve->add_option("--idle", flags.idle_seconds, "Idle timeout of a guest (default: 600)")
      ->type_name("SECONDS")
      ->transform(without_zeros_before)
      ->check(CLI::Range(kLeastIdleSeconds, kMostIdleSeconds));
  serve
      ->add_option("--guests", flags.guests,
                   "Where guests may come from: lan, all (public addresses after a code), none "
                   "(default: lan; in a container: all)")
      ->type_name("WHO")
      ->check(CLI::IsMember({"lan", "all", "none"}));
  serve
      ->add_option("--members", flags.members,
                   "Where members may come from: lan, all (default: all where "
                   "--guests is all, else lan)")
      ->type_name("WHO")
      ->check(CLI::IsMember({"lan", "all"}));
  serve
      ->add_option("--data", flags.data,
                   "The folder where rooms are kept (default: $XDG_STATE_HOME/palabre; "
                   "/var/lib/palabre for root)")
      ->type_name("FOLDER");
  serve->add_flag("--memory", flags.memory, "Store no messages on disk");
  serve
      ->add_option("--user", flags.user,
                   "The user to run as when root starts the server (default: palabre)")
      ->type_name("NAME");
  serve->add_option("--log-level", flags.log_level, "The least severe level to log (default: info)")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"error", "warn", "info", "debug"}));
  serve
      ->add_option("--control", flags.control,
                   "The socket for palabre who, kick, ban, ... (default: $XDG_RUNTIME_DIR/palabre/"
                   "control; /run/palabre/control for root)")
      ->type_name("PATH");
  serve->add_option("--config", flags.config, "A TOML file with the same options; flags win")
      ->type_name("FILE");
  serve->footer(
      "Example: a server on port 5001 with an idle timeout of an hour\n"
      "  palabre serve --port 5001 --idle 3600\n"
      "Join it from anywhere with:  nc -u HOST 5001");
  return serve;
}

/// The command as far as it was parsed: `palabre lab impair`, say.
std::string understood(const CLI::App& palabre) {
  std::string words = palabre.get_name();
  for (const CLI::App* at = &palabre; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    words += " " + at->get_name();
  }
  return words;
}

Error usage_error(const CLI::App& palabre, const CLI::ParseError& error) {
  const std::string command = understood(palabre);
  const std::vector<std::string> extra = palabre.remaining(true);
  std::string sentence = error.what();
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !extra.empty()) {
    const std::string& first = extra.front();
    if (first.starts_with('-')) {
      sentence = fmt::format("{} has no option {}", command, first);
    } else if (command == palabre.get_name()) {
      sentence = fmt::format("{} has no command {}", command, first);
    } else {
      sentence = fmt::format(
          "{} does not know what to do with {}; words that belong together need "
          "quotes",
          command, first);
    }
  }
  return {EX_USAGE, fmt::format("{}. See {} --help.", sentence, command)};
}

Result<void> carry_out(int argc, char** argv, Output& output) {
  CLI::App palabre("Palabre: group chat over UDP, joined with any netcat.", "palabre");
  palabre.set_version_flag("--version", "palabre " PALABRE_VERSION);
  palabre.footer("Example: start a server, then join it\n  palabre serve\n  nc -u localhost 5000");
  ServeFlags flags;
  add_serve(palabre, flags);
  const ControlCommands control(palabre);
  const LogCommands log(palabre);
  const IdCommand id(palabre);
  const ClientCommands client(palabre);
  const LabCommands lab(palabre);
  try {
    palabre.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    std::ostringstream said;
    palabre.exit(asked, said, said);
    output.print(said.str());
    return {};
  } catch (const CLI::ParseError& error) {
    return fail(usage_error(palabre, error));
  }
  wipe_secrets(argc, argv);
  if (palabre.get_subcommands().empty()) {
    return fail(EX_USAGE,
                "No command was given; palabre serve runs the server. See palabre --help.");
  }
  if (control.given()) return control.run(output);
  if (log.given()) return log.run(output);
  if (id.given()) return IdCommand::run(output);
  if (client.given()) return client.run(output);
  if (lab.given()) return lab.run(output);
  TRY(const auto options, resolve(flags, default_options(in_container())));
  return serve(options);
}

int run(int argc, char** argv) {
  fill_standard_descriptors();
  take_signals_of_writes_as_errors();
  Output output;
  const auto done = carry_out(argc, argv, output);
  // An error of the command takes precedence over one of its output; what was printed is flushed in
  // both cases.
  const auto written = output.finish();
  if (!done) return report(done.error());
  return written ? EX_OK : report(written.error());
}

}  // namespace
}  // namespace palabre::app

namespace palabre::app {
namespace {

/// Reports a system error that is neither the user's mistake nor a bug.
int complain_of_system(const std::error_code& code) {
  const bool too_many_open =
      code == std::errc::too_many_files_open || code == std::errc::too_many_files_open_in_system;
  complain(fmt::format("The system refused a resource: {}{}.", code.message(),
                       too_many_open ? kMoreOpenFiles : ""));
  return EX_OSERR;
}

}  // namespace
}  // namespace palabre::app

int main(int argc, char** argv) {
  // Silences protobuf's own log: invalid messages from peers are counted or reported by us.
  google::protobuf::SetLogHandler(nullptr);
  try {
    return palabre::app::run(argc, argv);
  } catch (const std::system_error& error) {
    return palabre::app::complain_of_system(error.code());
  } catch (const boost::system::system_error& error) {
    return palabre::app::complain_of_system(error.code());
  } catch (const std::bad_alloc&) {
    return palabre::app::complain_of_system(std::make_error_code(std::errc::not_enough_memory));
  } catch (const std::exception& error) {
    palabre::app::complain(
        fmt::format("{} This is a bug of palabre's; please report it.", error.what()));
    return EX_SOFTWARE;
  }
}
