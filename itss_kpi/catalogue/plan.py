"""The plan and what it has done beside the indicators: activities, checks, customers, the survey, the review.

Convention: as in `catalogue`: a model refuses what is wrong in itself.
"""

from datetime import date
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from itss_kpi.catalogue.forms import Model, OneOrMore, Texts
from itss_kpi.core.period import PeriodKind
from itss_kpi.core.text import fold


class Signed(Model):
    """Who compiled, reviewed or approved a version, and when; a name that isn't written is a line to sign on."""

    on: date
    by: str | None = None


class Revision(Model):
    """A row of the plan's table of revisions (文件编制和变更履历)."""

    version: str
    compiled: Signed
    reviewed: Signed
    approved: Signed
    change: str


class Plan(Model):
    """The document that the indicators come from (cover and section 2 of the plan)."""

    title: str
    document: str
    version: str
    organization: str
    year: int = Field(ge=1900, le=2199)
    departments: OneOrMore
    revisions: tuple[Revision, ...] = ()
    hand_in_days: int | None = Field(None, ge=0, le=366, description="考核期结束后几天内应交台账;不写则不判断迟交")

    @field_validator("departments")
    @classmethod
    def _named_once(cls, departments: Texts) -> Texts:
        if len(set(departments)) < len(departments):
            raise ValueError("同一部门写了两次")
        return departments


class Activity(Model):
    """A quality activity of section 1 of the plan, with what its sections 2 and 3 say of it (质量活动).

    When it is due comes from `due`, else from `each`, else from the plan's own words in `when`.
    """

    number: int = Field(ge=1)
    name: str
    when: str = Field(description="计划时间,照原文:1月、10-12月、每季度、按考核频次")
    due: Texts = Field((), description="when 看不懂时写明的时间,如 [2022-03, 2022-09];各在其最后一天到期")
    each: PeriodKind | None = Field(
        None, description="每月、每季度等做一次;不写则看 when,按考核频次的取 serves 各指标(不写则全部指标)中最短的周期"
    )
    lead: Texts = Field((), description="牵头部门")
    participants: Texts = Field((), description="参加部门")
    evidence: Texts = Field((), description="证明已做的记录")
    sources: Texts = Field((), description="记录在哪些台账")
    serves: tuple[int, ...] = Field((), description="服务于哪些指标:序号")
    clauses: Texts = Field((), description="对应 GB/T 28827.1 的章条")
    section: str | None = Field(None, description="出自计划的哪一节")
    note: str | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if self.due and self.each:
            raise ValueError("due 与 each 不能同时写")
        return self


class RequiredCheck(Model):
    """What the plan requires to be checked how often (监督检查, sections 3.3 to 3.6 of the plan).

    Each of the `projects` once in each period, whatever the item; each of the `items` once; where both are named, each
    item at each project; where neither is, the category itself once.
    """

    category: str = Field(description="检查类别")
    each: PeriodKind
    departments: OneOrMore = Field(description="由谁检查并提交记录")
    projects: Texts = ()
    items: dict[str, Texts] = Field({}, description="检查项: 其他写法")
    activity: int | None = Field(None, description="属于哪项质量活动:序号")
    section: str | None = Field(None, description="出自计划的哪一节")
    clause: str | None = None
    note: str | None = None

    @field_validator("projects")
    @classmethod
    def _named_once(cls, projects: Texts) -> Texts:
        if len(set(projects)) < len(projects):
            raise ValueError("同一项目写了两次")
        return projects

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Each folded spelling of an item with the item."""
        return {fold(text): item for item, others in self.items.items() for text in (item, *others)}

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """The (project, item) pairs to be checked in each period; '' is whichever."""
        return [(project, item) for project in self.projects or ("",) for item in self.items or ("",)]


class StandardClause(Model):
    """A clause of the standard that is gone through, whatever the plan does for it (GB/T 28827.1, chapters 5 to 9)."""

    clause: str
    records: str | None = Field(None, description="要求有哪些记录")
    sources: Texts = Field((), description="哪些台账就是这些记录")


class Customer(Model):
    """A customer who must be asked (客户满意度调查, section 3.7 of the plan: all customers)."""

    name: str
    aliases: Texts = ()
    questionnaires: int | None = Field(None, ge=1, description="计划发放的问卷份数")


class CustomerSurvey(Model):
    """Where the answers to the customer survey stand, and which indicator their total is (section 3.7 of the plan).

    The indicator says how a score is worked out; the columns say what it is of. `full` or `scale` is what an answer is
    measured by where answers are counted by their scores.
    """

    indicator: int = Field(ge=1, description="总分是哪个指标:序号")
    source: str
    questionnaire: str = Field(description="哪些行属于一份问卷:问卷编号的列")
    customer: str = Field(description="客户的列")
    project: str | None = Field(None, description="项目的列")
    item: str | None = Field(None, description="调查项的列")
    score: str = Field(description="得分的列")
    full: str | None = Field(None, description="满分的列")
    scale: int | None = Field(None, ge=1, description="没有满分列的,满分是多少")
    remarks: str | None = Field(None, description="意见的列")
    bands: tuple[Annotated[int, Field(ge=1, le=100)], ...] = Field((), description="得分率分段:各段的下限,百分之几")

    @property
    def columns(self) -> dict[str, str]:
        """The columns that are named, by what they are."""
        parts = ("questionnaire", "customer", "project", "item", "score", "full", "remarks")
        return {part: column for part in parts if (column := getattr(self, part)) is not None}

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        if (self.full is None) == (self.scale is None):
            raise ValueError("full 与 scale 须且只须写一个")
        return self

    @field_validator("bands")
    @classmethod
    def _ascending(cls, bands: tuple[int, ...]) -> tuple[int, ...]:
        if list(bands) != sorted(set(bands)):
            raise ValueError("各段的下限须从小到大,不能重复")
        return bands


class ManagementReview(Model):
    """Which of the plan's activities and of the ledgers' words the management review's input is made from (管理评审,
    section 3.2 of the plan)."""

    activity: int = Field(ge=1, description="管理评审是哪项质量活动:序号")
    audits: tuple[int, ...] = Field((), description="哪些质量活动是审核:序号")
    origins: Texts = Field((), description="不符合项台账的来源中,哪些出自审核")
    complaints: Texts = Field((), description="不符合项台账的来源中,哪些是客户的投诉")
    document: str | None = Field(None, description="评审输入材料自己的文件编号;不写则只写计划的编号")
