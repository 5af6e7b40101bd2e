"""Who answers whom: the policy, the planner and the floor's index. Pure; imports nothing of ours."""
