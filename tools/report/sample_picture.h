#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/report/image.h"
#include "tools/report/plot.h"

namespace fno::report {

enum class PanelRole { input, truth, prediction, error };

/// One labelled field of a sample.
struct Panel {
  PanelRole role = PanelRole::input;
  std::string label = {};                 ///< such as "prediction"
  Field field = {};                       ///< one row: a 1-D function
  std::string quantity = {};              ///< such as "amplitude"; panels of one quantity stand in one strip
  std::optional<Colormap> colormap = {};  ///< unset: magma for an error, viridis for the rest
  std::optional<Limits> limits = {};      ///< unset: see panel_limits
  std::string note = {};                  ///< a line under the picture, such as "relative L2 0.012"
};

/// One sample of the data with what the model made of it.
struct Sample {
  std::string title = {}, caption = {};
  std::vector<Panel> panels = {};
  std::vector<double> x = {};  ///< places of the values of 1-D panels, ascending; empty: 1, 2, 3, …
  std::string x_label = "x";
};

[[nodiscard]] Colormap panel_colormap(const Panel& panel);

/// Colour limits, one a panel. Truth and prediction of one quantity always share theirs: those given on the first of
/// them that has any, else from the least to the greatest finite value of all of them. Other panels: those given, else
/// their own range; errors begin at 0. Diverging maps are made symmetric about 0; twilight spans -π to π.
[[nodiscard]] std::vector<Limits> panel_limits(const std::vector<Panel>& panels);

/// The panels' indices, a list for each quantity, in order of appearance.
[[nodiscard]] std::vector<std::vector<std::size_t>> by_quantity(const std::vector<Panel>& panels);

/// Whether every panel is 1-D, so that the sample is drawn as curves.
[[nodiscard]] bool is_one_dimensional(const Sample& sample);

/// The sample as one picture: a row a quantity, in it the panels in order, each with label, note, colour bar and the
/// numbers at its ends.
[[nodiscard]] Image compose_strip(const Sample& sample);

/// Curves of a 1-D sample: a plot of the inputs, for each quantity a plot of truth and prediction, one of the errors;
/// those without panels are left out. Error(config) if `x` and the values differ in number.
[[nodiscard]] std::vector<Plot> sample_curves(const Sample& sample);

/// The sample as HTML: strips of embedded PNGs, or curves.
[[nodiscard]] std::string sample_html(const Sample& sample);

/// Style rules that sample_html needs.
[[nodiscard]] std::string sample_css();

}  // namespace fno::report
