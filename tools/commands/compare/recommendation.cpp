#include <algorithm>
#include <fmt/format.h>

#include "tools/commands/compare/run_stats.h"
#include "tools/commands/compare/summary.h"
#include "tools/report/statistics.h"
#include "tools/report/text.h"

namespace fno::compare {
namespace {

using report::format_number;
using report::number_or_dash;

void note_outcome(std::vector<std::string>& notes, const RunRecord& run, const std::string& unbroken) {
  if (!run.error.empty()) notes.push_back(run.label + ": " + run.outcome + ": " + run.error);
  if (!run.whole() || run.outcome == "ok") return;
  const std::string losses = "best validation loss " + number_or_dash(run.best_val_loss()) + " in epoch " +
                             (run.best_epoch ? std::to_string(*run.best_epoch + 1) : report::kNoValue) + ", final " +
                             number_or_dash(run.final_val_loss());
  if (run.first_epoch > 0)
    notes.push_back(fmt::format("{}: {}, rule {}, first broken in epoch {}; {}.", run.label, run.outcome, run.rule,
                                run.first_epoch, losses));
  else if (run.lost())  // the loss just stayed where a trivial answer has it
    notes.push_back(fmt::format("{}: {}, no rule of the collapse detector was broken, but {}; {}.", run.label,
                                run.outcome, unbroken, losses));
  else
    notes.push_back(run.label + ": no rule of the collapse detector was broken; " + losses + ".");
}

void note_gradients(std::vector<std::string>& notes, const RunRecord& run) {
  std::vector<double> norms;
  for (const training::EpochRecord& r : run.history)
    if (r.grad_norm) norms.push_back(*r.grad_norm);
  if (norms.empty()) return;
  const double typical = report::median(norms).value();
  const auto greatest = std::ranges::max_element(norms);
  notes.push_back(fmt::format("{}: gradient norm before clipping, epoch means: median {}, greatest {} in epoch {}.",
                              run.label, format_number(typical), format_number(*greatest),
                              greatest - norms.begin() + 1));
}

void note_norm_weights(std::vector<std::string>& notes, const RunRecord& run) {
  if (!run.whole()) return;
  if (norm_weights_json(run).value("norm_weight_near_zero", Json()) == true)
    notes.push_back(run.label + ": the weights of all its norms stayed near zero (every |mean| below 0.1).");
}

std::string first_sentence(const Group& g, const Comparison& c, bool several, bool only) {
  std::string text;
  if (several)
    text =
        fmt::format("{}: {} runs were lost (95 % interval {}), median best validation loss of the others {}",
                    only ? g.name : "Prefer " + g.name, g.lost.count(), g.lost.interval(), format_number(*g.best_loss));
  else
    text =
        fmt::format("{}: {}best validation loss {}", only ? g.name + " is the only arm" : "Prefer " + g.name,
                    c.runs[g.runs.front()].outcome == "ok" ? "" : "it did not collapse, ", format_number(*g.best_loss));
  if (c.task.floor && g.scores.front())
    text += fmt::format(", {} of the last weights {} (a {}: {})", c.task.columns.front().name,
                        format_number(*g.scores.front()), c.task.trivial.front().first, format_number(*c.task.floor));
  return text + ".";
}

std::string about_second(const Group& first, const Group& second) {
  if (second.lost.k * first.lost.n > first.lost.k * second.lost.n)
    return fmt::format(" {} was lost more often ({}).", second.name, second.lost.count());
  return fmt::format(" {} follows with {}, {:.0f} % above.", second.name, format_number(*second.best_loss),
                     100 * (*second.best_loss / *first.best_loss - 1));
}

}  // namespace

std::vector<std::string> instability_notes(const Comparison& c) {
  std::vector<std::string> notes;
  for (const RunRecord& run : c.runs) {
    note_outcome(notes, run, c.task.unbroken);
    note_gradients(notes, run);
    note_norm_weights(notes, run);
  }
  return notes;
}

std::string recommendation(const Comparison& c) {
  std::vector<Group> groups = groups_of(c), out;
  const bool several = has_several_seeds(c), only = groups.size() == 1;
  const auto hopeless = [](const Group& g) { return g.lost.k == g.lost.n || !g.best_loss; };
  std::ranges::copy_if(groups, std::back_inserter(out), hopeless);
  std::erase_if(groups, hopeless);
  if (groups.empty())
    return std::ranges::any_of(out, [](const Group& g) { return g.lost.k < g.lost.n; })
               ? "No run has a validation loss to choose by."
               : "Every run was lost or ran out of memory: nothing can be recommended at these settings.";
  std::ranges::stable_sort(groups, [](const Group& a, const Group& b) {
    const int left = a.lost.k * b.lost.n, right = b.lost.k * a.lost.n;  // rates, without division
    return left != right ? left < right : *a.best_loss < *b.best_loss;
  });
  const Group& first = groups.front();
  std::string text = first_sentence(first, c, several, only);
  if (groups.size() > 1) text += about_second(first, groups[1]);
  for (const Group& g : out)
    text += fmt::format(" {} {}.", g.name,
                        g.lost.n == 0 ? std::string("ran out of memory")
                        : g.lost.k == g.lost.n
                            ? (several ? "was lost in every run" : "was lost: " + c.runs[g.runs.front()].outcome)
                            : "has no validation loss");
  constexpr double kHardlyBetter = 0.05;
  if (c.task.floor && first.scores.front() && *first.scores.front() < *c.task.floor + kHardlyBetter)
    text += " Even so its image is hardly better than a " + c.task.trivial.front().first + ".";
  if (!several && c.task.judged) text += " One seed an arm does not tell how often it is lost; --seeds runs several.";
  return text;
}

}  // namespace fno::compare
