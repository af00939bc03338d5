#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "fanout_machine.h"
#include "fanout_measure.h"
#include "fanout_processors.h"
#include "fanout_reference.h"
#include "fanout_report.h"

// Deliveries per CPU-second of the server: palabre, a minimal fan-out, and the exercise's way. See
// bench/README.md.

namespace palabre::bench {
namespace {

using std::chrono::steady_clock;

struct Options {
  std::string palabre;
  std::vector<std::size_t> guests{10, 100, 1000};
  std::optional<std::size_t> rounds;
  bool quick = false;
  std::string output;
  std::string commit;
  std::string serve_as;
};

struct Plan {
  std::size_t rounds = 21;
  Drill isolated{1, 40'000};
  // As many in flight as palabre receives in two batches.
  Drill saturated{64, 120'000};
  std::size_t latency_runs = 5;
  std::chrono::milliseconds latency_run{500};
  std::size_t few_guests = 100;
  std::size_t many_guests = 4000;
  /// No round begins after this; the rest takes a few seconds more.
  Instant end;
};

Plan plan_of(const Options& options) {
  Plan plan;
  plan.end = steady_clock::now() + std::chrono::seconds(options.quick ? 8 : 150);
  if (options.quick) {
    plan.rounds = 5;
    plan.isolated.deliveries = 10'000;
    plan.saturated.deliveries = 20'000;
    plan.latency_runs = 1;
    plan.latency_run = std::chrono::milliseconds(200);
    plan.many_guests = 1000;
  }
  if (options.rounds) plan.rounds = *options.rounds;
  return plan;
}

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

Way palabre_way(const Options& options) {
  Way way{std::string(kPalabre),
          {options.palabre, "serve", "--port", "0", "--bind", "127.0.0.1", "--memory",
           "--log-level", "error"}};
  if (geteuid() == 0) way.command.insert(way.command.end(), {"--user", "nobody"});
  return way;
}

Way reference_way(std::string_view name) {
  return {std::string(name), {own_path(), "--serve-as", std::string(name)}};
}

void compare_in_room(const Options& options, const Plan& plan, std::size_t guests,
                     Findings& findings) {
  Contest contest(guests, {palabre_way(options), reference_way(kBare), reference_way(kExercise)});
  fmt::print(stderr, "{} guests: isolated", guests);
  findings.isolated.push_back({guests, contest.run(plan.isolated, plan.rounds, plan.end)});
  fmt::print(stderr, ", saturated");
  findings.saturated.push_back({guests, contest.run(plan.saturated, plan.rounds, plan.end)});

  const Rounds& palabre = of_way(findings.saturated.back().rounds, kPalabre);
  if (palabre.is_complete()) {
    fmt::print(stderr, ", latency");
    const double half = spread_of(palabre.per_second).median / 2;
    findings.latencies.push_back(
        {guests, measure_latency(contest, half, plan.latency_runs, plan.latency_run)});
  }
  fmt::print(stderr, "\n");
}

Findings measure(const Options& options, const Plan& plan) {
  Findings findings;
  for (const std::size_t guests : options.guests) {
    compare_in_room(options, plan, guests, findings);
  }
  if (!options.quick) {
    fmt::print(stderr, "kinds of socket\n");
    const std::size_t guests = options.guests.back();
    Contest contest(guests, {palabre_way(options), reference_way(kBare), reference_way("bare+near"),
                             reference_way("bare6"), reference_way("bare6+near"),
                             reference_way("bare6+near36")});
    findings.sockets = {guests, contest.run(plan.isolated, plan.rounds, plan.end)};
  }
  fmt::print(stderr, "memory\n");
  findings.memory = measure_memory(palabre_way(options), plan.few_guests, plan.many_guests);
  return findings;
}

int run(const Options& options, const std::string& command) {
  if (!options.serve_as.empty()) serve_as(options.serve_as);

  const Plan plan = plan_of(options);
  std::size_t most_guests = plan.many_guests;
  for (const std::size_t guests : options.guests) most_guests = std::max(most_guests, guests);
  allow_descriptors(most_guests + 64);
  keep_to_own_processor(Side::kGuests);

  std::string text = heading("Fan-out", options.commit, command);
  const auto began = steady_clock::now();
  const Findings findings = measure(options, plan);
  const auto took = std::chrono::round<std::chrono::seconds>(steady_clock::now() - began);
  text += fmt::format("- took: {} s; load average at the end: {}\n\n{}", took.count(),
                      load_average(), report(findings));
  publish(text, options.output);
  if (is_complete(findings)) return EX_OK;
  fmt::print(stderr, "fanout: deliveries are missing or wrong; these figures are incomplete.\n");
  return EX_SOFTWARE;
}

int parse_and_run(int argc, char** argv) {
  Options options;
  options.palabre = std::filesystem::path(own_path()).replace_filename("palabre").string();
  CLI::App app("Deliveries per CPU-second: palabre, a bare sendmmsg loop, the exercise's way.");
  app.add_option("--palabre", options.palabre, "The program to measure (default: beside this one)")
      ->type_name("PATH");
  app.add_option("--guests", options.guests, "Guests in the room (default: 10,100,1000)")
      ->delimiter(',')
      ->check(CLI::Range(2, 4000));
  app.add_option("--rounds", options.rounds, "Rounds of each comparison (default: 21; quick: 5)")
      ->check(CLI::Range(1, 100));
  app.add_flag("--quick", options.quick, "A few seconds, to see that all works; not for figures");
  app.add_option("--output", options.output, "Write the result to a Markdown file too")
      ->type_name("FILE");
  app.add_option("--commit", options.commit, "What was built (default: what is checked out)");
  app.add_option("--serve-as", options.serve_as, "Be a server to compare with")->group("");
  CLI11_PARSE(app, argc, argv);
  return run(options, command_line("fanout", argc, argv));
}

}  // namespace
}  // namespace palabre::bench

int main(int argc, char** argv) {
  try {
    return palabre::bench::parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "fanout: {}\n", error.what());
    return EX_SOFTWARE;
  }
}
