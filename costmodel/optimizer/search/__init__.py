"""The algorithms that solve the optimization problem.

A demand is an :class:`~costmodel.optimizer.model.instance.Instance`: each flow takes one candidate (a path), which
needs keys (resources that are paid once, whoever shares them), and quantities add up in pools whose unit prices fall
from tier to tier. The modules are listed in the order in which a search uses them; each one leaves a smaller problem to
the next.

1. ``search``: solves without limits, and adds only the limits that the result breaks, until it breaks none. A minimum
   without limits bounds the minimum with them, so the last result is optimal.
2. ``accounts``: only with ``no_account_pays_more``. Branch and bound over the quantities of tiered pools, best bound
   first: within an interval, limits at the lowest average price exclude no plan that keeps to today's payments.
3. ``lines`` and ``ties``: a concave price is the minimum of straight lines, so the optimum is the best over one problem
   per combination of lines. Pools that no flow, key or limit connects are solved separately.
4. ``place``: one placement problem with fixed unit prices. ``presolve`` removes what cannot be part of an optimum and
   fixes what must be; parts that nothing connects go separately through steps 5 to 7.
5. ``min_cut``, ``persistency`` and ``max_flow``: if the keys have two colors, the problem is a minimum cut (a
   submodular function of the keys, after one color is complemented). ``persistency`` first fixes the keys that are
   open, or closed, in every optimum. The value of a maximum flow proves the cut.
6. Branching on a key (in ``place``): if a few keys prevent two colors, each is tried open and closed. The lower of the
   two bounds is the bound of both.
7. ``lagrangian``, ``blocks`` and ``highs``: parts with limits, and the rest. ``blocks`` enumerates the sets of keys of
   small blocks; prices on limits give a lower bound (Lagrangian relaxation, subgradient steps of Polyak's length) that
   removes candidates. HiGHS solves what is left as a mixed-integer program; its bound is computed again from its dual
   values, and a plan's cost from its candidates, because reported figures are not trusted.
8. ``anytime`` and ``repair``: plans for a search that may not end in time: architectures, each hub alone, placements
   that are repaired until they keep the limits. Prices on limits bound them. They are no part of the proof.

What an answer proves: no plan costs less than the bound, the minimum over all parts and lines. Whoever wants to check
it needs only the maximum flow (a cut of the same value), the dual values, or the prices on limits.

References:
    Picard, J.-C. and Queyranne, M. (1980): On the structure of all minimum cuts in a network and applications.
    Kolmogorov, V. and Zabih, R. (2004): What energy functions can be minimized via graph cuts?
    Goldberg, A. V. and Tarjan, R. E. (1988): A new approach to the maximum-flow problem.
    Feldman, E., Lehrer, F. A. and Ray, T. L. (1966): Warehouse location under continuous economies of scale.
    Geoffrion, A. M. (1974): Lagrangean relaxation for integer programming.
    Polyak, B. T. (1969): Minimization of unsmooth functionals.
    Neumaier, A. and Shcherbina, O. (2004): Safe bounds in linear and mixed-integer linear programming.
    Huangfu, Q. and Hall, J. A. J. (2018): Parallelizing the dual revised simplex method (HiGHS).
"""
