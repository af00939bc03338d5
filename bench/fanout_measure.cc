#include "fanout_measure.h"

#include <algorithm>
#include <stdexcept>

namespace palabre::bench {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// Limits the memory for samples; a run at a high rate is shorter for it.
constexpr std::size_t kMostSamples = 3'000'000;

/// The value below which `share` of the samples lie. Requires that there are samples.
double percentile_us(std::vector<nanoseconds>& samples, double share) {
  const auto last = static_cast<double>(samples.size() - 1);
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(last * share);
  std::nth_element(samples.begin(), at, samples.end());
  return std::chrono::duration<double, std::micro>(*at).count();
}

void note(Rounds& rounds, const Outcome& outcome) {
  rounds.deliveries += outcome.deliveries;
  rounds.datagrams += outcome.datagrams;
  rounds.lost += outcome.lost;
  rounds.unexpected += outcome.unexpected;
  rounds.per_cpu_second.push_back(outcome.deliveries_per_cpu_second());
  rounds.per_second.push_back(outcome.deliveries_per_second());
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.front(), values.back()};
}

Contest::Contest(std::size_t guests, const std::vector<Way>& ways) : crowd_(guests), load_(crowd_) {
  for (const Way& way : ways) {
    contenders_.push_back({way.name, std::make_unique<ServerProcess>(way.command)});
    crowd_.join(contenders_.back().server->address());
  }
}

std::vector<Rounds> Contest::run(const Drill& drill, std::size_t rounds, Instant end) {
  std::vector<Rounds> all(contenders_.size());
  const std::size_t messages = drill.deliveries / (guests() - 1) + 1;
  // The first round is a warm-up and is not counted.
  bool complete = true;
  for (std::size_t round = 0; complete && round <= rounds; ++round) {
    for (std::size_t i = 0; i < contenders_.size(); ++i) {
      all[i].way = contenders_[i].name;
      const Outcome outcome = load_.run_closed(*contenders_[i].server, messages, drill.window);
      complete = complete && outcome.is_complete();
      if (round > 0 || !outcome.is_complete()) note(all[i], outcome);
    }
    if (round > 0 && steady_clock::now() > end) break;
  }
  return all;
}

Load::Timed Contest::run_open(std::string_view way, std::size_t messages, nanoseconds interval) {
  const auto contender = std::find_if(contenders_.begin(), contenders_.end(),
                                      [&](const Contender& one) { return one.name == way; });
  return load_.run_open(*contender->server, messages, interval);
}

Spread ratio(const Rounds& way, const Rounds& base) {
  std::vector<double> ratios;
  const std::size_t count = std::min(way.per_cpu_second.size(), base.per_cpu_second.size());
  for (std::size_t round = 0; round < count; ++round) {
    ratios.push_back(way.per_cpu_second[round] / base.per_cpu_second[round]);
  }
  return spread_of(std::move(ratios));
}

LatencyFigures measure_latency(Contest& contest, double deliveries_per_second, std::size_t runs,
                               nanoseconds run_time) {
  const std::size_t readers = contest.guests() - 1;
  const std::chrono::duration<double> interval(static_cast<double>(readers) /
                                               deliveries_per_second);
  const auto in_time = static_cast<std::size_t>(run_time / interval) + 1;
  const std::size_t messages = std::min(in_time, kMostSamples / readers);
  LatencyFigures figures;
  figures.offered_per_second = deliveries_per_second;
  std::vector<double> p50;
  std::vector<double> p99;
  std::vector<double> most;
  for (std::size_t run = 0; figures.is_complete() && run < runs; ++run) {
    Load::Timed timed =
        contest.run_open(kPalabre, messages, std::chrono::duration_cast<nanoseconds>(interval));
    figures.lost += timed.outcome.lost;
    figures.unexpected += timed.outcome.unexpected;
    if (timed.latencies.empty()) throw std::runtime_error("Nothing was delivered.");
    p50.push_back(percentile_us(timed.latencies, 0.5));
    p99.push_back(percentile_us(timed.latencies, 0.99));
    most.push_back(percentile_us(timed.latencies, 1));
  }
  figures.p50_us = spread_of(std::move(p50));
  figures.p99_us = spread_of(std::move(p99));
  figures.most_us = spread_of(std::move(most));
  return figures;
}

MemoryFigures measure_memory(const Way& way, std::size_t few, std::size_t many) {
  constexpr std::size_t kMessages = 20;
  MemoryFigures figures;
  figures.few = few;
  figures.many = many;
  const ServerProcess server(way.command);
  Crowd crowd(0);
  const auto with = [&](std::size_t guests) {
    const std::size_t before = crowd.size();
    crowd.grow_to(guests);
    crowd.join(server.address(), before);
    // A fan-out to all guests, so that its buffers are allocated in both measurements.
    const Outcome outcome = Load(crowd).run_closed(server, kMessages, 1);
    figures.is_complete = figures.is_complete && outcome.is_complete();
    return server.memory();
  };
  figures.with_few = with(few);
  figures.with_many = with(many);
  return figures;
}

}  // namespace palabre::bench
