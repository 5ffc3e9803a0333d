#include "tools/tasks/stage_a/claims.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/error.h"
#include "tools/report/text.h"
#include "tools/tasks/stage_a/event_claims.h"
#include "tools/tasks/stage_a/full_results.h"
#include "tools/tasks/stage_a/mechanism_claims.h"

namespace fno::stage_a {
namespace {

using report::Rate;
using Rows = std::vector<const RunRow*>;
using Test = std::function<bool(const RunRow&)>;

constexpr double kBase = 1e-2, kCliff = 3e-3, kRounding = 1e-9;

Rows pick(const Rows& rows, const Test& test) {
  Rows found;
  std::ranges::copy_if(rows, std::back_inserter(found), [&](const RunRow* row) { return test(*row); });
  return found;
}

Rate rate(const Rows& rows, const Test& event) {
  return {static_cast<int>(pick(rows, event).size()), static_cast<int>(rows.size())};
}

bool flat(const RunRow& row) { return row.dead(); }
bool lost(const RunRow& row) { return row.collapsed(); }
bool lost_not_flat(const RunRow& row) { return lost(row) && !flat(row); }

// The highest rate that was ever in force.
double peak(const RunRow& row) {
  double highest = 0;
  for (const training::Json& r : row.json.at("rates")) highest = std::max(highest, r.get<double>());
  return highest;
}
bool has_peak(const RunRow& row, double rate) { return std::abs(peak(row) - rate) < kRounding; }
bool scheduled(const RunRow& row, const char* name) {
  return row.json.at("scheduler") == name && row.json.at("schedule_mode") == "stepped";
}
bool constant_at(const RunRow& row, double rate) { return scheduled(row, "Default") && has_peak(row, rate); }

// Runs that are one trajectory count once: copies bit for bit (a schedule that is never stepped and its first rate),
// and the two gains of one architecture, clip and seeds where the architecture's flat runs were all flat in epoch 1:
// until its last step the gains are the same run, so the event is.
Rows distinct(const Rows& rows) {
  std::set<std::string> late;  // architectures with flat runs of later epochs
  for (const RunRow* row : rows)
    if (row->dead_since() > 1) late.insert(row->json.at("architecture"));
  std::set<std::string> seen;
  Rows found;
  for (const RunRow* row : rows) {
    const training::Json& j = row->json;
    const bool merge = j.at("scheduler") == "Default" && has_peak(*row, kBase) && !late.contains(j.at("architecture"));
    const std::string key =
        merge ? fmt::format("{} {} {} {}", j.at("architecture").get<std::string>(), j.at("grad_clip").get<double>(),
                            row->key.weight_seed, row->key.loader_seed)
              : j.at("train_loss").dump() + j.at("val_loss").dump();
    if (seen.insert(key).second) found.push_back(row);
  }
  return found;
}

Rows at_most_the_cliff(const Rows& rows) {
  return distinct(pick(rows, [](const RunRow& r) { return peak(r) < kCliff + kRounding; }));
}

std::vector<PeakRate> peaks_of(const Rows& rows) {
  const auto constant = [&](double rate) {
    return distinct(pick(rows, [rate](const RunRow& r) { return constant_at(r, rate); }));
  };
  const Rows warm = pick(rows, [](const RunRow& r) { return scheduled(r, "WarmupCosine") && has_peak(r, kBase); });
  return {{"3e-3 (constant or cosine)", kCliff, rate(at_most_the_cliff(rows), flat)},
          {"1e-2, constant", kBase, rate(constant(kBase), flat)},
          {"1e-2, warm-up over 5 epochs, then cosine", kBase, rate(warm, flat), true},
          {"2e-2, constant", 2 * kBase, rate(constant(2 * kBase), flat)}};
}

// Runs that count.
Rows counted(const std::vector<RunRow>& rows) {
  Rows found;
  for (const RunRow& row : rows)
    if (!row.is_void() && !row.out_of_memory()) found.push_back(&row);
  return found;
}

std::string p_text(double p) { return fmt::format("{:.2g}", p); }

std::string median_of(const Rows& rows, std::optional<double> RunRow::*member) {
  std::vector<double> values;
  for (const RunRow* row : rows)
    if (row->*member) values.push_back(*(row->*member));
  const auto median = report::median(values);
  return median ? fmt::format("{:.3f}", *median) : report::kNoValue;
}

class Book {
 public:
  explicit Book(const StudyFiles& files) : all_(counted(files.rows)) {
    cells_ = pick(all_, [](const RunRow& r) { return r.part == "cells"; });
  }

  Claims write() {
    put("runs", std::to_string(all_.size()));
    cells();
    rates();
    schedules();
    factors();
    late_collapse();
    remedies();
    others();
    return std::move(claims_);
  }

 private:
  void put(const std::string& name, const std::string& text) { claims_[name] = text; }
  void put(const std::string& name, const Rate& r) {
    put(name, r.count());
    put(name + ".interval", r.interval());
  }

  void cells() {
    put("cells.lost", rate(cells_, lost));
    put("cells.flat", rate(cells_, flat));
    const Rows each = distinct(cells_);
    put("cells.flat.distinct", rate(each, flat));
    const auto of = [](const char* architecture) {
      return [architecture](const RunRow& r) { return r.json.at("architecture") == architecture; };
    };
    const Rate stable = rate(pick(each, of("stable_hybrid")), flat), control = rate(pick(each, of("hybrid")), flat);
    put("flat.stable", stable);
    put("flat.hybrid", control);
    put("flat.hybrid.runs", rate(pick(cells_, of("hybrid")), flat));
    put("lost.stable", rate(pick(cells_, of("stable_hybrid")), lost));
    put("lost.hybrid", rate(pick(cells_, of("hybrid")), lost));
    put("flat.difference", report::difference_text(stable, control));
    put("flat.fisher", p_text(report::fisher_exact(stable, control)));
  }

  // By the highest rate that was in force.
  void rates() {
    const Rows low = at_most_the_cliff(all_);
    std::set<std::int64_t> seeds;
    std::int64_t steps = 0;
    for (const RunRow* row : low) {
      seeds.insert(row->key.weight_seed);
      steps += row->json.at("steps").get<std::int64_t>();
    }
    put("rate.low.seeds", std::to_string(seeds.size()));
    put("rate.low.steps", std::to_string(steps));
    put("rate.low.share", fmt::format("{:.2f}", static_cast<double>(steps) / kPublishedSteps));
    report::Table table{.header = {"rate in force at most", "flat", "95 %"}};
    const char* const names[] = {"rate.low", "rate.base", "rate.warm", "rate.twice"};
    const std::vector<PeakRate> peaks = peaks_of(all_);
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      put(names[i], peaks[i].flat);
      table.rows.push_back({peaks[i].name, peaks[i].flat.count(), peaks[i].flat.interval()});
    }
    put("table.rates", table_text(table));
  }

  // Warm-up and cosine to the cell's own rate, beside the run of the same cell and seeds at that constant rate.
  void schedules() {
    Rate with, without;
    int only_with = 0, only_without = 0;
    for (const RunRow* row : all_) {
      if (!scheduled(*row, "WarmupCosine") || !has_peak(*row, kBase)) continue;
      const auto plain = std::ranges::find_if(all_, [&](const RunRow* r) {
        return r->key.cell == row->key.cell && r->key.change.empty() && r->key.weight_seed == row->key.weight_seed &&
               r->key.loader_seed == row->key.loader_seed;
      });
      if (plain == all_.end()) continue;
      ++with.n, ++without.n;
      with.k += flat(*row) ? 1 : 0;
      without.k += flat(**plain) ? 1 : 0;
      only_with += flat(*row) && !flat(**plain) ? 1 : 0;
      only_without += !flat(*row) && flat(**plain) ? 1 : 0;
    }
    put("pairs.warm", with);
    put("pairs.constant", without);
    put("pairs.mcnemar", p_text(report::mcnemar_exact(only_with, only_without)));
    std::set<std::string> epochs;
    int first_rate = 0;
    for (const RunRow* row : all_)
      if (scheduled(*row, "WarmupCosine") && has_peak(*row, kBase) && flat(*row)) {
        epochs.insert(std::to_string(row->dead_since()));
        first_rate += std::abs(row->json.at("rates").front().get<double>() - kBase / 10) < kRounding ? 1 : 0;
      }
    std::string list;
    for (const std::string& e : epochs) list += (list.empty() ? "" : ", ") + e;
    put("warm.epochs", list);
    put("warm.begun_low", std::to_string(first_rate));
  }

  void factors() {
    const auto clip = [](const RunRow& r) { return r.json.at("grad_clip").get<double>() > 0; };
    const auto batch = [](const RunRow& r) { return r.json.at("probe_gain") == "batch"; };
    const Rate clipped = rate(pick(cells_, clip), flat), free = rate(pick(cells_, std::not_fn(clip)), flat);
    put("clip.with", clipped);
    put("clip.without", free);
    put("clip.fisher", p_text(report::fisher_exact(clipped, free)));
    const Rate odd = rate(pick(cells_, batch), lost_not_flat),
               even = rate(pick(cells_, std::not_fn(batch)), lost_not_flat);
    put("short.with", odd);
    put("short.without", even);
    put("short.fisher", p_text(report::fisher_exact(odd, even)));
    put("gain.batch.flat", rate(pick(cells_, batch), flat));
    put("gain.fixed.flat", rate(pick(cells_, std::not_fn(batch)), flat));
    const Rows restless = pick(all_, lost_not_flat);
    put("lost.good", rate(restless, [](const RunRow& r) { return r.ssim_last.value_or(0) >= 0.5; }));
    put("control.lost",
        rate(pick(all_,
                  [](const RunRow& r) { return r.key.cell == "hybrid-clip1-batch" && r.key.change == "rate-1e-3"; }),
             lost));
  }

  // Objects that were no constant for some epochs.
  void late_collapse() {
    const Rows dead = pick(all_, flat);
    std::vector<int> epochs;
    for (const RunRow* row : dead)
      if (row->dead_since() > 2) epochs.push_back(row->dead_since());
    std::ranges::sort(epochs);
    std::string list;
    for (const int e : epochs) list += (list.empty() ? "" : ", ") + std::to_string(e);
    put("flat.all", std::to_string(dead.size()));
    put("flat.late", std::to_string(epochs.size()));
    put("flat.late.epochs", list);
    // Of those, the run that had learned most before.
    const RunRow* example = nullptr;
    double least = 0;
    for (const RunRow* row : dead) {
      if (row->dead_since() <= 2) continue;
      double best = 1;
      for (int e = 0; e + 1 < row->dead_since(); ++e)
        best = std::min(best, row->val_loss[static_cast<std::size_t>(e)].value_or(1));
      if (example == nullptr || best < least) example = row, least = best;
    }
    if (example == nullptr) return;
    double jump = 0;
    for (const training::Json& loss : example->json.at("train_loss")) jump = std::max(jump, loss.get<double>());
    put("late.run", text_of(example->key));
    put("late.val", fmt::format("{:.3f}", least));
    put("late.jump", fmt::format("{:.0f}", jump));
    put("late.epoch", std::to_string(example->dead_since()));
  }

  void remedies() {
    const auto of = [&](const std::string& change) {
      return pick(all_, [&](const RunRow& r) {
        return r.part == "remedy" && r.key.cell == "stable_hybrid-clip1-batch" && r.key.change == change;
      });
    };
    const Rows as_was = of(""), warm = of("warmup_cosine"), composite = of("rate_3e-3_cosine_fixed_gain");
    report::Table table{.header = {"", "lost", "95 %", "flat", "95 %", "median best val_loss", "median last val_loss"}};
    for (const auto& [name, rows] : {std::pair{"as it was", as_was},
                                     {"warm-up and cosine at 1e-2", warm},
                                     {"the same at 3e-3, gain fixed, no short batch", composite}})
      table.rows.push_back({name, rate(rows, lost).count(), rate(rows, lost).interval(), rate(rows, flat).count(),
                            rate(rows, flat).interval(), median_of(rows, &RunRow::best_val_loss),
                            median_of(rows, &RunRow::final_val_loss)});
    put("table.remedy", table_text(table));
    put("remedy.lost.was", rate(as_was, lost));
    put("remedy.lost.warm", rate(warm, lost));
    put("remedy.lost.fisher", p_text(report::fisher_exact(rate(as_was, lost), rate(warm, lost))));
    put("remedy.parts.fisher", p_text(report::fisher_exact(rate(warm, lost), rate(composite, lost))));
    put("remedy.flat.fisher", p_text(report::fisher_exact(rate(as_was, flat), rate(warm, flat))));
  }

  void others() {
    for (const auto& [name, change] :
         {std::pair{"plan", "plan_schedule_5e-4"}, {"gamma", "zero_gamma_plan_schedule_5e-4"}}) {
      const Rows rows = pick(all_, [&](const RunRow& r) { return r.key.change == change; });
      put(std::string(name) + ".flat", rate(rows, flat));
      put(std::string(name) + ".lost", rate(rows, lost));
      put(std::string(name) + ".ssim", median_of(rows, &RunRow::ssim_last));
    }
    const Rows crossed = pick(all_, [&](const RunRow& r) {
      const auto first = [](std::int64_t seed) { return seed >= kFirstSeed && seed < kFirstSeed + 3; };
      return r.key.cell == "stable_hybrid-clip1-batch" && r.key.change.empty() && first(r.key.weight_seed) &&
             first(r.key.loader_seed);
    });
    put("order.lost", rate(crossed, lost));
    std::map<std::string, int> programs;
    int dirty = 0;
    for (const RunRow* row : all_) {
      ++programs[row->json.at("git_commit").get<std::string>().substr(0, 7)];
      dirty += row->json.at("git_dirty") == true ? 1 : 0;
    }
    std::string list;
    for (const auto& [commit, n] : programs) list += fmt::format("{}{} of {}", list.empty() ? "" : ", ", n, commit);
    put("programs", list);
    put("programs.dirty", std::to_string(dirty));
  }

  static constexpr double kPublishedSteps = 43100;
  static constexpr std::int64_t kFirstSeed = 20260128;
  Rows all_, cells_;
  Claims claims_;
};

}  // namespace

std::string table_text(const report::Table& table) {
  std::string text = report::markdown_table(table);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::vector<PeakRate> flat_by_peak(const std::vector<RunRow>& rows) { return peaks_of(counted(rows)); }

Claims claims_of(const StudyFiles& files) {
  Claims claims = Book(files).write();
  claims.merge(mechanism_claims(files));
  claims.merge(event_claims(files.events));
  claims.merge(full_claims(files));
  return claims;
}

std::string fill_in(const std::string& text, const Claims& claims, const std::string& where) {
  std::string filled;
  std::size_t at = 0;
  for (std::size_t open; (open = text.find("{{", at)) != std::string::npos;) {
    const std::size_t close = text.find("}}", open);
    require<ErrorKind::data>(close != std::string::npos, where, ": found {{ without }}, accepted: {{name}}");
    const std::string name = text.substr(open + 2, close - open - 2);
    const auto found = claims.find(name);
    require<ErrorKind::data>(found != claims.end(), where, ": found {{", name,
                             "}}, accepted: a name that `fno study stage-a --part report` computes");
    filled += text.substr(at, open - at) + found->second;
    at = close + 2;
  }
  return filled + text.substr(at);
}

}  // namespace fno::stage_a
